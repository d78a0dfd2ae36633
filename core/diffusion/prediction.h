// SPDX-License-Identifier: Apache-2.0
// What the network is asked to predict, and how x0 and eps follow from its answer. Shapes: B batch, C channels, H W, T train steps.
#pragma once

#include <torch/types.h>

#include <string_view>

#include "core/diffusion/noise_schedule.h"

namespace darkroom {

enum class Prediction {
  epsilon,  ///< the noise
  v,        ///< sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0
};

/// "epsilon" or "v_prediction" (diffusers), also "v". throws Error{bad_input} naming the allowed words
Prediction prediction_from_name(std::string_view name);
std::string_view prediction_name(Prediction prediction);

/// The regression target of a training sample; same shape and dtype as eps_BCHW.
/// throws  std::invalid_argument: shapes differ, or t_B is not int64 [B]
/// source  v: Salimans & Ho 2022, arXiv:2202.00512, appendix D
torch::Tensor prediction_target(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW,
                                const torch::Tensor& t_B, const NoiseSchedule& schedule);

/// The two readings of a model output at one noise level.
struct Denoised {
  torch::Tensor x0;   ///< predicted clean latents; never clamped (latents reach about +-4)
  torch::Tensor eps;  ///< predicted noise
};

/// x0 and eps from the model's output at alpha_bar.
///
/// alpha_bar  in [0, 1]; 0 (noise alone) for v only
/// throws     std::invalid_argument: shapes differ, alpha_bar outside [0, 1], or epsilon at alpha_bar 0
Denoised denoised_from_output(Prediction prediction, const torch::Tensor& output, const torch::Tensor& x_t, double alpha_bar);

}  // namespace darkroom
