// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_saver.h"

#include <chrono>

#include "core/base/error.h"
#include "core/base/progress.h"

namespace darkroom {
namespace {

SaveOutcome write(SaveOutcome outcome, const CheckpointContent& content, const std::filesystem::path& checkpoints,
                  const RetentionRule& rule) {
  const double started_s = monotonic_seconds();
  try {
    write_checkpoint(outcome.folder, content);
  } catch (const std::exception& error) {
    outcome.error = error.what();
    std::error_code ignored;
    std::filesystem::remove_all(outcome.folder.string() + ".partial", ignored);  // a full disk is no place for half a checkpoint
  }
  outcome.written_s = monotonic_seconds() - started_s;
  if (!outcome.error) {
    try {
      prune_checkpoints(checkpoints, rule);
    } catch (const std::exception& error) {
      outcome.trouble = error.what();
    }
  }
  return outcome;
}

}  // namespace

RunSaver::~RunSaver() {
  if (flying_.valid()) {
    flying_.wait();
  }
}

void RunSaver::save(int64_t step, const std::string& reason, const CheckpointContent& content, const RetentionRule& rule) {
  const double started_s = monotonic_seconds();
  wait();
  SaveOutcome outcome{.step = step, .reason = reason, .folder = run_.checkpoint_of(step)};
  CheckpointContent copy;
  try {
    copy = copier_.copy(content);
  } catch (const c10::Error& error) {  // above all: no memory for the copy
    outcome.error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  if (outcome.error) {
    done_.push_back(std::move(outcome));
    return;
  }
  outcome.stalled_s = monotonic_seconds() - started_s;
  flying_ = std::async(std::launch::async,
                       [outcome = std::move(outcome), copy = std::move(copy), checkpoints = run_.checkpoints_folder(), rule]() mutable {
                         const CheckpointContent own = std::move(copy);  // freed when it is written, not when somebody asks how it went
                         return write(std::move(outcome), own, checkpoints, rule);
                       });
}

std::vector<SaveOutcome> RunSaver::finished() {
  if (flying_.valid() && flying_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    done_.push_back(flying_.get());
  }
  return std::exchange(done_, {});
}

void RunSaver::wait() {
  if (flying_.valid()) {
    done_.push_back(flying_.get());
  }
}

}  // namespace darkroom
