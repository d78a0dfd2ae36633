// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/run/run_directory.h"
#include "core/train/run_recorder.h"
#include "core/train/run_saver.h"

namespace darkroom {

/// Which checkpoints of a run are made, and what its journal says of them: each step at most once, a failed save as such, and a last save
/// that is waited for. Used from one thread, rank 0's.
class CheckpointKeeper {
 public:
  using Content = std::function<CheckpointContent(const std::string& reason)>;

  /// Both must outlive this.
  CheckpointKeeper(const RunDirectory& run, RunRecorder& recorder) : recorder_(recorder), saver_(run) {}

  /// The step of the checkpoint that this launch goes on from: it need not be saved again.
  void already_saved(int64_t step) { saved_step_ = step; }
  /// RunSaver::prepare.
  void prepare(const CheckpointContent& content) { saver_.prepare(content); }
  /// Begins a save beside the training, unless the step is saved or on its way. Returns whether it did.
  bool save(int64_t step, const std::string& reason, const Content& content, const RetentionRule& rule);
  /// Saves that have come to an end since the last call, into the journal. Nothing ends the training but a save that nobody will repeat.
  void report();
  /// Waits for the save on its way, and reports it.
  void wait();
  /// The last save of a launch: the training ends only when it is safe. One that fails is tried once more.
  /// throws  Error{io} with the reason when the second fails too
  void save_and_wait(int64_t step, const std::string& reason, const Content& content, const RetentionRule& rule);

 private:
  RunRecorder& recorder_;
  RunSaver saver_;
  int64_t saved_step_ = -1;  ///< saved, or being saved
  std::string last_error_;
};

}  // namespace darkroom
