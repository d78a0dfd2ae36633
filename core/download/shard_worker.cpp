// SPDX-License-Identifier: Apache-2.0
#include "core/download/shard_worker.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/download/picture_maker.h"

namespace darkroom {

ShardWorker::ShardWorker(const ShardPlan& plan, std::filesystem::path out, const DownloadOptions& options, std::function<void()> changed)
    : plan_(plan), out_(std::move(out)), options_(options), changed_(std::move(changed)) {
  const int decoders = options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 0; i < decoders; ++i) {
    threads_.emplace_back([this] { decode_all(); });
  }
  threads_.emplace_back([this] { write_all(); });
}

ShardWorker::~ShardWorker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  more_bodies_.notify_all();
  more_shards_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ShardWorker::fail_with(std::exception_ptr failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      failure_ = std::move(failure);
    }
    ends_ = true;
  }
  more_bodies_.notify_all();
  more_shards_.notify_all();
  changed_();
}

void ShardWorker::rethrow_failure() {
  const std::lock_guard lock(mutex_);
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

void ShardWorker::decode(const std::shared_ptr<OpenShard>& shard, uint64_t row, FetchedBody body) {
  {
    const std::lock_guard lock(mutex_);
    bodies_.push_back({shard, row, std::move(body)});
    ++bodies_waiting_;
  }
  more_bodies_.notify_one();
}

void ShardWorker::record(const std::shared_ptr<OpenShard>& shard, uint64_t row, const RowOutcome& outcome, std::string_view bytes) {
  bool is_whole = false;
  {
    const std::lock_guard lock(shard->mutex);
    shard->journal.record(row, outcome, bytes);
    is_whole = shard->journal.recorded() == shard->journal.rows();
  }
  ++rows_ended_;
  if (is_whole) {
    write(shard);
  }
}

void ShardWorker::write(const std::shared_ptr<OpenShard>& shard) {
  {
    const std::lock_guard lock(mutex_);
    whole_.push_back(shard);
  }
  more_shards_.notify_one();
}

void ShardWorker::take_picture(const Body& body) {
  RowOutcome outcome;
  Digest digest(options_.columns.hash_kind);
  digest.update(body.body.bytes);
  outcome.hash = digest.finish();
  const std::string published = body.shard->rows.published_hash(body.row);
  if (!published.empty() && published != outcome.hash) {
    record(body.shard, body.row, {.status = RowStatus::failed_to_download, .error = "hash mismatch"});
    return;
  }
  MadePicture made = make_picture(std::as_bytes(std::span(body.body.bytes.data(), body.body.bytes.size())), options_.picture);
  if (!made.error.empty()) {
    record(body.shard, body.row, {.status = RowStatus::failed_to_resize, .error = made.error, .detail = made.detail});
    return;
  }
  outcome.width = made.width;
  outcome.height = made.height;
  outcome.original_width = made.original_width;
  outcome.original_height = made.original_height;
  outcome.exif = std::move(made.exif);
  record(body.shard, body.row, outcome, made.bytes);
}

void ShardWorker::decode_all() {
  try {
    for (;;) {
      Body body;
      {
        std::unique_lock lock(mutex_);
        more_bodies_.wait(lock, [this] { return ends_ || !bodies_.empty(); });
        if (ends_) {
          return;
        }
        body = std::move(bodies_.front());
        bodies_.pop_front();
      }
      take_picture(body);
      body = {};
      --bodies_waiting_;
      changed_();
    }
  } catch (...) {
    fail_with(std::current_exception());
  }
}

void ShardWorker::write_all() {
  try {
    for (;;) {
      std::shared_ptr<OpenShard> shard;
      {
        std::unique_lock lock(mutex_);
        more_shards_.wait(lock, [this] { return ends_ || !whole_.empty(); });
        if (ends_) {
          return;
        }
        shard = std::move(whole_.front());
        whole_.pop_front();
      }
      const std::lock_guard lock(shard->mutex);
      write_shard(ShardPaths(out_, plan_.shard_name(shard->spec.number)), plan_, shard->spec, shard->rows, shard->journal, options_);
      shard->journal.remove();
      ++shards_written_;
      changed_();
    }
  } catch (...) {
    fail_with(std::current_exception());
  }
}

}  // namespace darkroom
