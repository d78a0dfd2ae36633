// SPDX-License-Identifier: Apache-2.0
// What the stages over shards share: how a finished shard is told, and how far all of them are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace darkroom {

/// throws  Error{not_found}: a shard that is no file; Error{bad_input}: two of one name
void check_shards(const std::vector<std::filesystem::path>& shards);

/// {"shard", "bytes", "modified"}: with a stage's options, what its work on the shard was made from.
Json shard_identity(const std::filesystem::path& shard);

/// Progress over the bytes of all shards, for several threads.
class ShardPace {
 public:
  /// item  what is counted beside the bytes: "captions"
  ShardPace(const std::vector<std::filesystem::path>& shards, const ProgressSink& sink, const char* stage, const char* item);

  void advance(uint64_t bytes, uint64_t items);
  void finish();

 private:
  std::string items_text() const;

  std::mutex mutex_;
  ProgressMeter meter_;
  const char* item_;
  uint64_t bytes_ = 0;
  uint64_t items_ = 0;
};

}  // namespace darkroom
