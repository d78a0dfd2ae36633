// SPDX-License-Identifier: Apache-2.0
// All that decides the next step of one rank, in one place: what a checkpoint holds, and a resume or a rollback puts back.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "core/checkpoint/checkpoint.h"
#include "core/distributed/process_group.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"
#include "core/train/gradient_guard.h"
#include "core/train/phase_data.h"
#include "core/train/sample_quarantine.h"
#include "core/train/training_arena.h"
#include "core/train/training_cursor.h"

namespace darkroom {

/// Weights, moments and averages, the cursor, the gradient guard's memory and the quarantine of one rank. Not thread-safe, but for the
/// quarantine, which the batcher reads.
class TrainingState {
 public:
  /// All must outlive this.
  TrainingState(const TrainingPlan& plan, const UNetModel& unet, ProcessGroup& group, torch::Device device);

  /// Takes up a checkpoint, or the plan's start where there is none, in the memory format of the phase that the run goes on in.
  /// throws  Error{bad_input} naming what the checkpoint lacks, or what of it does not belong to the plan
  void begin(const std::optional<CheckpointInfo>& checkpoint, const PlanData& data);

  /// One optimiser step from the summed gradients: the guard's judgement, clipping, AdamW and the averages; then the cursor moves on.
  ///
  /// lr           of the step
  /// micro_steps  of this rank in it
  /// returns      the guard's state after it, on the device, for GradientGuard::settle
  torch::Tensor advance(const PhaseData& phase, double lr, int64_t micro_steps);

  /// Back to the newest usable checkpoint up to the guard's anchor, on all ranks alike. The cursor goes on: the same batches would be
  /// skipped again.
  /// returns  the checkpoint; nothing for the start of the run
  /// throws   Error{failed} when it is one rollback too many
  std::optional<CheckpointInfo> roll_back(const RunDirectory& run);

  /// Puts the tensors, and the facts "step", "phase", "cursor", "guard" and "quarantine". Tensors are views, not copies.
  void describe(CheckpointContent& content) const;

  /// False from the middle of an update on until all of it is that of one step: what was interrupted there must not be saved.
  bool whole() const { return whole_; }

  const TrainingCursor& cursor() const { return cursor_; }
  /// To the first batch of the phase after this one.
  void next_phase();

  TrainingArena& weights() { return weights_; }
  GradientGuard& guard() { return guard_; }
  SampleQuarantine& quarantine() { return quarantine_; }

 private:
  const TrainingPlan& plan_;
  ProcessGroup& group_;
  torch::Device device_;
  TrainingArena weights_;
  GradientGuard guard_;
  SampleQuarantine quarantine_;
  TrainingCursor cursor_;
  bool whole_ = true;
};

}  // namespace darkroom
