// SPDX-License-Identifier: Apache-2.0
// What happens to a picture after it came and before its shard is whole: threads that decode, and one that writes shards.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/download/shard_files.h"
#include "core/download/transfer_pool.h"

namespace darkroom {

/// A shard under way.
struct OpenShard {
  OpenShard(const ShardSpec& given, UrlRows read, const std::filesystem::path& journals, const std::string& name)
      : spec(given), rows(std::move(read)), journal(journals, name, given.rows) {}

  ShardSpec spec;
  UrlRows rows;
  std::mutex mutex;
  ShardJournal journal;  ///< under mutex
};

/// Takes bodies, gives shards. Thread-safe. The first failure of a thread stops all; rethrow_failure() tells it.
class ShardWorker {
 public:
  /// changed  called from its threads when a body has been dealt with, a shard is written, or a thread has failed
  ShardWorker(const ShardPlan& plan, std::filesystem::path out, const DownloadOptions& options, std::function<void()> changed);
  /// What is queued is let go; it is not in a journal and will be downloaded again.
  ~ShardWorker();
  ShardWorker(const ShardWorker&) = delete;
  ShardWorker& operator=(const ShardWorker&) = delete;

  /// A body for a decoder.
  void decode(const std::shared_ptr<OpenShard>& shard, uint64_t row, FetchedBody body);
  /// A row that needs none.
  void record(const std::shared_ptr<OpenShard>& shard, uint64_t row, const RowOutcome& outcome, std::string_view bytes = {});
  /// For a shard whose rows had all ended before.
  void write(const std::shared_ptr<OpenShard>& shard);

  size_t bodies_waiting() const { return bodies_waiting_; }
  uint64_t rows_ended() const { return rows_ended_; }
  uint64_t shards_written() const { return shards_written_; }
  void rethrow_failure();

 private:
  struct Body {
    std::shared_ptr<OpenShard> shard;
    uint64_t row = 0;
    FetchedBody body;
  };
  void decode_all();
  void write_all();
  void take_picture(const Body& body);
  void fail_with(std::exception_ptr failure);

  const ShardPlan& plan_;
  std::filesystem::path out_;
  const DownloadOptions& options_;
  std::function<void()> changed_;
  std::mutex mutex_;
  std::condition_variable more_bodies_;
  std::condition_variable more_shards_;
  std::deque<Body> bodies_;
  std::deque<std::shared_ptr<OpenShard>> whole_;
  bool ends_ = false;
  std::exception_ptr failure_;
  std::atomic<size_t> bodies_waiting_ = 0;
  std::atomic<uint64_t> rows_ended_ = 0;
  std::atomic<uint64_t> shards_written_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace darkroom
