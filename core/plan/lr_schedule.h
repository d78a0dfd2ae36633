// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/plan/training_plan.h"

namespace darkroom {

/// The learning rate of one phase, as a pure function of the phase's own optimiser steps: a resume, a branch or a longer run cannot move
/// it.
struct LearningRateSchedule {
  double peak = 0;
  int64_t warmup_steps = 0;
  int64_t total_steps = 0;  ///< optimiser steps that the phase's loader really yields
  double warmup_from = 0;   ///< fraction of the peak at step 0
  double floor = 0;         ///< fraction of the peak at the end
  bool cosine = true;       ///< else constant after the warm-up

  /// Linear from warmup_from * peak at step 0 to the peak at step warmup_steps; then a half cosine down to floor * peak at total_steps,
  /// where it stays for good.
  ///
  /// step    of this phase, 0 for the first
  /// throws  std::invalid_argument: step < 0
  double at(int64_t step) const;
};

/// total_steps  counted from the phase's mixture: batches an epoch times epochs
LearningRateSchedule lr_schedule_of(const PhasePlan& phase, int64_t total_steps);

}  // namespace darkroom
