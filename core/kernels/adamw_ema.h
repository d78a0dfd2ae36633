// SPDX-License-Identifier: Apache-2.0
// The whole optimiser step over flat buffers in one pass: each element is read and written once.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace darkroom {

/// Flat buffers of equal length, contiguous, on one device. All are changed in place.
struct AdamwEmaBuffers {
  torch::Tensor master;                       ///< float32 [N], weights
  torch::Tensor gradient;                     ///< float32 [N], read, then set to zero for the next step
  torch::Tensor exp_avg;                      ///< float32 [N], first moment
  torch::Tensor exp_avg_sq;                   ///< float32 [N], second moment
  torch::Tensor ema;                          ///< float32 [N], moving average of the updated weights
  std::optional<torch::Tensor> working;       ///< bfloat16 [N], receives the rounded weights
  std::vector<torch::Tensor> more_emas = {};  ///< float32 [N] each, at most most_extra_emas: averages with other decays
};

inline constexpr size_t most_extra_emas = 2;

/// The numbers of one step.
struct AdamwEmaStep {
  double lr = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;                   ///< decoupled: weights shrink by lr * weight_decay before the update
  int64_t step = 1;                          ///< 1 for the first update; for the bias correction
  double clip_norm = 0;                      ///< the gradient is scaled by min(1, clip_norm / (norm + 1e-6)); 0 does not clip
  double ema_decay = 0;                      ///< ema = ema_decay ema + (1 - ema_decay) weights
  std::vector<double> more_ema_decays = {};  ///< one for each of more_emas
};

/// clip + AdamW + EMAs + bf16 copy + clearing of the gradient.
///
/// gradient_norm  float64 [] on the buffers' device: the global norm (grad_norm.h). Where it is not finite, weights, moments and EMA stay
///                as they are and only the gradient is cleared: a NaN never reaches a weight. The device decides; the host is not waited
///                for.
/// throws  std::invalid_argument: lengths, dtypes or devices differ, step < 1, EMAs without a decay or too many of them
/// source  Loshchilov & Hutter 2019, arXiv:1711.05101; the update order of torch.optim.AdamW
void adamw_ema_step(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm);

/// The EMA decay at optimiser step `step` (0 for the first): min(decay, (1 + step) / (10 + step)) with warm-up, else decay.
double ema_decay_at(double decay, bool warmup, int64_t step);

}  // namespace darkroom
