// SPDX-License-Identifier: Apache-2.0
// The source run resumed a cosine past its end, and its rate rose again. Here progress is clamped to 1.
#include "core/plan/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/format.h"

namespace darkroom {

RateCurve rate_curve_from_name(std::string_view name) {
  if (name == "cosine") {
    return RateCurve::cosine;
  }
  if (name == "constant") {
    return RateCurve::constant;
  }
  if (name == "linear") {
    return RateCurve::linear;
  }
  if (name == "polynomial") {
    return RateCurve::polynomial;
  }
  throw std::invalid_argument(format("[rate_curve_from_name] there is no schedule \"{}\"", name));
}

double LearningRateSchedule::at(int64_t step) const {
  if (step < 0) {
    throw std::invalid_argument(format("[LearningRateSchedule::at] step counts from 0, got {}", step));
  }
  if (step < warmup_steps) {
    const double progress = static_cast<double>(step) / static_cast<double>(warmup_steps);
    return peak * (warmup_from + (1 - warmup_from) * progress);
  }
  if (curve == RateCurve::constant) {
    return peak;
  }
  const int64_t length = std::max<int64_t>(total_steps - warmup_steps, 1);
  const double progress = std::min(1.0, static_cast<double>(step - warmup_steps) / static_cast<double>(length));
  if (curve == RateCurve::cosine) {
    return peak * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * progress)));
  }
  const double left = curve == RateCurve::linear ? 1 - progress : std::pow(1 - progress, power);
  return peak * (floor + (1 - floor) * left);
}

LearningRateSchedule lr_schedule_of(const PhasePlan& phase, int64_t total_steps) {
  return {.peak = phase.peak_lr,
          .warmup_steps = phase.warmup_steps,
          .total_steps = total_steps,
          .warmup_from = phase.warmup_from,
          .floor = phase.floor,
          .curve = rate_curve_from_name(phase.schedule),
          .power = phase.schedule_power};
}

}  // namespace darkroom
