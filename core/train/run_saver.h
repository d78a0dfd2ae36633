// SPDX-License-Identifier: Apache-2.0
// Checkpoints are written beside the training, which waits only while its numbers are copied.
#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/host_copy.h"
#include "core/checkpoint/retention.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// How a save ended.
struct SaveOutcome {
  int64_t step = 0;
  std::string reason;                  ///< why it was made: "epoch", "steps", …
  std::filesystem::path folder;        ///< complete when `error` is absent
  std::optional<std::string> error;    ///< a sentence: the checkpoint could not be written, and nothing is left of it
  std::optional<std::string> trouble;  ///< a sentence: it was written, but old ones could not be removed
  double stalled_s = 0;                ///< that the training waited: for the save before, and for the copy
  double written_s = 0;                ///< that the writing took beside it
};

/// Writes the checkpoints of a run on a thread of its own, one at a time. Used from one thread, rank 0's.
///
/// A save that is due while one is being written waits for that one, so the disk is never more than one checkpoint behind. A save that
/// fails leaves the checkpoints that are there as they are; it is for the caller to say so and to go on.
class RunSaver {
 public:
  /// Must outlive this, and so must the layouts of what is saved.
  explicit RunSaver(const RunDirectory& run) : run_(run) {}
  /// Waits for the save on its way.
  ~RunSaver();
  RunSaver(const RunSaver&) = delete;
  RunSaver& operator=(const RunSaver&) = delete;

  /// Makes ready for saves of tensors like these, beside the training (HostCopier::prepare).
  void prepare(const CheckpointContent& content) { copier_.prepare(content); }
  /// Returns when the copy is made, or could not be, which is an outcome too. Outcomes of earlier saves are kept for finished().
  void save(int64_t step, const std::string& reason, const CheckpointContent& content, const RetentionRule& rule);
  /// Outcomes since the last call; does not wait.
  std::vector<SaveOutcome> finished();
  /// Waits for the save on its way; finished() then has all.
  void wait();

 private:
  const RunDirectory& run_;
  HostCopier copier_;
  std::future<SaveOutcome> flying_;
  std::vector<SaveOutcome> done_;
};

}  // namespace darkroom
