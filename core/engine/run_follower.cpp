// SPDX-License-Identifier: Apache-2.0
#include "core/engine/run_follower.h"

#include "core/base/progress.h"

namespace darkroom {
namespace {

constexpr double status_interval_s = 0.5;

}  // namespace

void RunFollower::subscribe(const std::string& folder, int64_t from_row) {
  RunDirectory run = RunDirectory::open(folder);
  MetricsTail rows(run.metrics_file(), from_row);
  const std::lock_guard lock(mutex_);
  followed_.insert_or_assign(folder, Followed{std::move(run), std::move(rows), std::nullopt, 0});
}

void RunFollower::unsubscribe(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  followed_.erase(folder);
}

void RunFollower::poll() {
  const std::lock_guard lock(mutex_);
  for (auto followed = followed_.begin(); followed != followed_.end();) {
    try {
      poll_one(followed->second);
      ++followed;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::peer_died) {
        throw;
      }
      channel_.send(message::FromEngine(message::Log{"warning", "serve", error.what()}));
      followed = followed_.erase(followed);
    }
  }
}

void RunFollower::poll_one(Followed& followed) {
  for (bool more = true; more;) {
    MetricsTail::Batch batch = followed.rows.poll();
    more = batch.more;
    if (!batch.rows.empty() || batch.restarted) {
      channel_.send(message::FromEngine(
          message::MetricsBatch{followed.run.folder().string(), batch.first_row, batch.restarted, std::move(batch.rows)}));
    }
  }
  if (monotonic_seconds() - followed.status_read_s < status_interval_s) {
    return;
  }
  followed.status_read_s = monotonic_seconds();
  RunStatus status = followed.run.status();
  if (!followed.last_status || *followed.last_status != status) {
    followed.last_status = status;
    channel_.send(message::FromEngine(message::RunStateChanged{std::move(status)}));
  }
}

}  // namespace darkroom
