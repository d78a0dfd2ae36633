// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/plan/training_plan.h"

namespace darkroom {

/// How the rate goes on after the warm-up, with p = 0 … 1 over the steps that are left, between the peak (1) and the floor (0).
enum class RateCurve {
  cosine,      ///< (1 + cos(pi p)) / 2
  constant,    ///< 1: the peak for good
  linear,      ///< 1 - p
  polynomial,  ///< (1 - p)^power
};

/// "cosine", "constant", "linear", "polynomial". throws std::invalid_argument for another word
RateCurve rate_curve_from_name(std::string_view name);

/// The learning rate of one phase, as a pure function of the phase's own optimiser steps: a resume, a branch or a longer run cannot move
/// it.
struct LearningRateSchedule {
  double peak = 0;
  int64_t warmup_steps = 0;
  int64_t total_steps = 0;  ///< optimiser steps that the phase's loader really yields
  double warmup_from = 0;   ///< fraction of the peak at step 0
  double floor = 0;         ///< fraction of the peak at the end
  RateCurve curve = RateCurve::cosine;
  double power = 1;  ///< of RateCurve::polynomial

  /// Linear from warmup_from * peak at step 0 to the peak at step warmup_steps; then along the curve down to floor * peak at total_steps,
  /// where it stays for good.
  ///
  /// step    of this phase, 0 for the first
  /// throws  std::invalid_argument: step < 0
  double at(int64_t step) const;
};

/// total_steps  counted from the phase's mixture: batches an epoch times epochs
LearningRateSchedule lr_schedule_of(const PhasePlan& phase, int64_t total_steps);

}  // namespace darkroom
