// SPDX-License-Identifier: Apache-2.0
// The device-specific halves behind gradient_guard.h, and the rule itself, which both compile.
#pragma once

#include <cmath>

#include "core/kernels/gradient_guard.h"

#ifdef __CUDACC__
#define DARKROOM_GUARD_FUNCTION __host__ __device__ inline
#else
#define DARKROOM_GUARD_FUNCTION inline
#endif

namespace darkroom::kernels {

DARKROOM_GUARD_FUNCTION void judge_gradient(double* norm, double* state, double spike_factor, double memory) {
  double& mean = state[static_cast<int64_t>(GuardPlace::mean)];
  double& used = state[static_cast<int64_t>(GuardPlace::used)];
  double& skipped = state[static_cast<int64_t>(GuardPlace::skipped)];
  const double value = *norm;
  const bool finite = value - value == 0;
  const bool spike = finite && spike_factor > 0 && used >= memory && value > spike_factor * mean;
  state[static_cast<int64_t>(GuardPlace::norm)] = value;
  state[static_cast<int64_t>(GuardPlace::verdict)] = !finite ? 1 : spike ? 2 : 0;
  if (!finite || spike) {
    skipped += 1;
    *norm = NAN;
    return;
  }
  skipped = 0;
  mean += (value - mean) / (used < memory ? used + 1 : memory);
  used += 1;
}

/// In a build without CUDA it throws Error{failed}.
void guard_gradient_cuda(const torch::Tensor& norm, const torch::Tensor& state, const GuardRule& rule);

}  // namespace darkroom::kernels
