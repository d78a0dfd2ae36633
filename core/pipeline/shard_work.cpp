// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/shard_work.h"

#include <set>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

uint64_t total_bytes(const std::vector<fs::path>& shards) {
  uint64_t total = 0;
  for (const fs::path& shard : shards) {
    total += fs::file_size(shard);
  }
  return total;
}

}  // namespace

void check_shards(const std::vector<fs::path>& shards) {
  std::set<std::string> names;
  for (const fs::path& shard : shards) {
    if (!fs::is_regular_file(shard)) {
      fail(ErrorCode::not_found, "{}: there is no such file", shard.string());
    }
    if (!names.insert(shard.stem().string()).second) {
      fail(ErrorCode::bad_input, "{}: another shard has the same file name; names must differ, as they are part of every image_key",
           shard.string());
    }
  }
}

Json shard_identity(const fs::path& shard) {
  return Json{{"shard", shard.filename().string()},
              {"bytes", fs::file_size(shard)},
              {"modified", fs::last_write_time(shard).time_since_epoch().count()}};
}

ShardPace::ShardPace(const std::vector<fs::path>& shards, const ProgressSink& sink, const char* stage, const char* item)
    : meter_(sink, stage, total_bytes(shards), "bytes"), item_(item) {
  meter_.update(0);
}

void ShardPace::advance(uint64_t bytes, uint64_t items) {
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
  items_ += items;
  meter_.update(bytes_, items_text());
}

void ShardPace::finish() { meter_.finish(items_text()); }

std::string ShardPace::items_text() const { return format("{} {}", items_, item_); }

}  // namespace darkroom
