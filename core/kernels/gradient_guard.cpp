// SPDX-License-Identifier: Apache-2.0
// One thread's work on a handful of numbers: on a CUDA device it is a kernel only so that the host need not wait for the norm.
#include "core/kernels/gradient_guard.h"

#include "core/base/format.h"
#include "core/kernels/gradient_guard_backends.h"

namespace darkroom {

void guard_gradient(const torch::Tensor& norm, const torch::Tensor& state, const GuardRule& rule) {
  if (norm.dim() != 0 || norm.scalar_type() != torch::kFloat64 || state.dim() != 1 || state.numel() != guard_places ||
      state.scalar_type() != torch::kFloat64 || !state.is_contiguous() || state.device() != norm.device()) {
    throw std::invalid_argument(format("[guard_gradient] expected float64 [] and [{}] on one device, got {} [{}] on {} and {} [{}] on {}",
                                       guard_places, c10::toString(norm.scalar_type()), fmt::join(norm.sizes(), ","), norm.device().str(),
                                       c10::toString(state.scalar_type()), fmt::join(state.sizes(), ","), state.device().str()));
  }
  if (rule.memory_steps < 1 || rule.spike_factor < 0) {
    throw std::invalid_argument(format("[guard_gradient] memory_steps must be positive and spike_factor not negative, got {} and {}",
                                       rule.memory_steps, rule.spike_factor));
  }
  if (norm.is_cuda()) {
    kernels::guard_gradient_cuda(norm, state, rule);
  } else {
    kernels::judge_gradient(norm.data_ptr<double>(), state.data_ptr<double>(), rule.spike_factor, static_cast<double>(rule.memory_steps));
  }
}

}  // namespace darkroom
