// SPDX-License-Identifier: Apache-2.0
// How far a phase has come, and what the plan wants at that place.
#pragma once

#include <cstdint>

#include "core/plan/training_plan.h"
#include "core/train/phase_data.h"
#include "core/train/training_cursor.h"

namespace darkroom {

/// Reads a cursor that stands in a phase. A view of its arguments: all must outlive it.
class PhaseProgress {
 public:
  PhaseProgress(const TrainingPlan& plan, const PhaseData& phase, const TrainingCursor& cursor)
      : plan_(plan), phase_(phase), cursor_(cursor) {}

  bool at_epoch_end() const { return cursor_.phase_batch % phase_.mixture.batches_per_epoch() == 0; }
  bool at_end() const { return cursor_.phase_batch == phase_.batches; }
  /// Over all phases, with the part of the one that runs.
  double epoch() const;
  int64_t epochs_done() const { return phase_.epochs_before + cursor_.phase_batch / phase_.mixture.batches_per_epoch(); }
  /// The number within the phase of the batch of a step: one of this phase's steps.
  int64_t batch_of_step(int64_t step) const { return cursor_.phase_batch - (cursor_.step - step) - 1; }

  /// Why the plan wants a checkpoint here, "epoch" or "steps"; null when it does not.
  const char* planned_save() const;
  /// Whether the plan wants samples and a validation here.
  bool validation_planned() const;

 private:
  const TrainingPlan& plan_;
  const PhaseData& phase_;
  const TrainingCursor& cursor_;
};

}  // namespace darkroom
