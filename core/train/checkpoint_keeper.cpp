// SPDX-License-Identifier: Apache-2.0
#include "core/train/checkpoint_keeper.h"

#include "core/base/error.h"

namespace darkroom {

bool CheckpointKeeper::save(int64_t step, const std::string& reason, const Content& content, const RetentionRule& rule) {
  if (saved_step_ == step) {
    return false;
  }
  recorder_.sync();
  saver_.save(step, reason, content(reason), rule);
  saved_step_ = step;
  report();
  return true;
}

void CheckpointKeeper::report() {
  for (const SaveOutcome& outcome : saver_.finished()) {
    if (outcome.error) {
      saved_step_ = saved_step_ == outcome.step ? -1 : saved_step_;
      last_error_ = *outcome.error;
      recorder_.journal(JournalEvent::save_failed, {{"step", outcome.step}, {"reason", *outcome.error}});
      continue;
    }
    Json fields{{"step", outcome.step},
                {"checkpoint", outcome.folder.filename().string()},
                {"reason", outcome.reason},
                {"stalled_s", outcome.stalled_s},
                {"written_s", outcome.written_s}};
    if (outcome.trouble) {
      fields["not_removed"] = *outcome.trouble;
    }
    recorder_.journal(JournalEvent::saved, fields);
  }
}

void CheckpointKeeper::wait() {
  saver_.wait();
  report();
}

void CheckpointKeeper::save_and_wait(int64_t step, const std::string& reason, const Content& content, const RetentionRule& rule) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    save(step, reason, content, rule);
    wait();
    if (saved_step_ == step) {
      return;
    }
  }
  fail(ErrorCode::io, "The run ends at step {}, which could not be saved: {}", step, last_error_);
}

}  // namespace darkroom
