// SPDX-License-Identifier: Apache-2.0
#include "core/train/phase_progress.h"

namespace darkroom {

double PhaseProgress::epoch() const {
  return static_cast<double>(phase_.epochs_before) +
         static_cast<double>(cursor_.phase_batch) / static_cast<double>(phase_.mixture.batches_per_epoch());
}

const char* PhaseProgress::planned_save() const {
  const CheckpointPlan& checkpoint = plan_.checkpoint_of(*phase_.plan);
  if (at_epoch_end() && checkpoint.every_epochs > 0 && epochs_done() % checkpoint.every_epochs == 0) {
    return "epoch";
  }
  return checkpoint.every_steps > 0 && cursor_.step % checkpoint.every_steps == 0 ? "steps" : nullptr;
}

bool PhaseProgress::validation_planned() const {
  const ValidationPlan& validation = plan_.validation_of(*phase_.plan);
  return at_epoch_end() && validation.every_epochs > 0 && (epochs_done() % validation.every_epochs == 0 || at_end());
}

}  // namespace darkroom
