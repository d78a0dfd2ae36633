// SPDX-License-Identifier: Apache-2.0
// Whether a gradient is used at all, decided on the device that holds it.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// Places of the guard's state, float64 [5] on the device.
enum class GuardPlace : int64_t {
  mean,     ///< running mean of the norms of used gradients
  used,     ///< gradients that made it up
  skipped,  ///< unused ones in a row, up to now
  verdict,  ///< of the last gradient: 0 used, 1 not finite, 2 a spike
  norm,     ///< of the last gradient, as it was
};
inline constexpr int64_t guard_places = 5;

struct GuardRule {
  double spike_factor = 0;   ///< a norm above spike_factor * mean is a spike; 0: none is
  int64_t memory_steps = 1;  ///< the mean is over all norms up to so many, then exponential with that memory; no spikes before it is full
};

/// Judges a gradient by its norm and remembers it. A gradient that must not be used has its norm replaced by NaN, which every optimiser
/// step takes as "change nothing" (adamw_ema.h). The host is not waited for; the same norm gives the same verdict on every rank.
///
/// norm    float64 [], changed in place
/// state   float64 [5], changed in place; zeros at the start
/// throws  std::invalid_argument: dtypes, shapes or devices differ, memory_steps < 1, spike_factor < 0
void guard_gradient(const torch::Tensor& norm, const torch::Tensor& state, const GuardRule& rule);

}  // namespace darkroom
