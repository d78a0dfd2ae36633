// SPDX-License-Identifier: Apache-2.0
// What the network is asked to predict, what it is fed, and how x0 and eps follow from its answer.
// Shapes: B batch, C channels, H W, T train steps.
//
// A rectified flow mixes in a straight line, x_s = (1 - s) x0 + s eps, over T levels s = (t + 1) / T, t = 0 … T - 1: those of diffusers'
// FlowMatchEulerDiscreteScheduler. The network is told s T. The samplers know one scale of latents, the variance-preserving one, in which
// such a level has alpha_bar = (1 - s)^2 / ((1 - s)^2 + s^2); x_s is that scale's x times sqrt((1 - s)^2 + s^2).
#pragma once

#include <torch/types.h>

#include <string_view>

#include "core/diffusion/noise_schedule.h"

namespace darkroom {

enum class Prediction {
  epsilon,  ///< the noise
  v,        ///< sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0
  flow,     ///< eps - x0, the direction of a rectified flow from picture to noise
};

/// "epsilon", "v_prediction" (diffusers; also "v") or "flow". throws Error{bad_input} naming the allowed words
Prediction prediction_from_name(std::string_view name);
std::string_view prediction_name(Prediction prediction);
/// That of a diffusers scheduler config: its prediction_type, else a flow for a FlowMatch… class, where diffusers writes none, else
/// epsilon.
///
/// scheduler  an object, or null
/// throws     Error{bad_input} naming the allowed words
Prediction prediction_of_scheduler(const Json& scheduler);

/// Noise level s of train step t in a rectified flow, in (0, 1]: (t + 1) / T. A fraction of a step is a level between.
constexpr double flow_level(double t, int64_t train_steps) { return (t + 1) / static_cast<double>(train_steps); }
/// The level of an alpha_bar, in [0, 1]: sqrt(1 - alpha_bar) / (sqrt(alpha_bar) + sqrt(1 - alpha_bar)).
double flow_level_of(double alpha_bar);
/// How much larger latents are in a flow's scale than in the variance-preserving one: sqrt((1 - s)^2 + s^2).
double flow_scale(double level);

/// What the network is fed for a training sample: add_noise for epsilon and v, (1 - s) x0 + s eps for flow, in the dtype of x0.
/// throws  std::invalid_argument: shapes differ, or t_B is not int64 [B]
/// source  flow: Liu et al. 2022, arXiv:2209.03003; Esser et al. 2024, arXiv:2403.03206
torch::Tensor noisy_input(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW, const torch::Tensor& t_B,
                          const NoiseSchedule& schedule);
/// The time that the network is told: t for epsilon and v, t + 1 = s T for flow. int64 [B]
torch::Tensor told_time(Prediction prediction, const torch::Tensor& t_B);

/// The regression target of a training sample; same shape and dtype as eps_BCHW.
/// throws  std::invalid_argument: shapes differ, or t_B is not int64 [B]
/// source  v: Salimans & Ho 2022, arXiv:2202.00512, appendix D; flow: as noisy_input
torch::Tensor prediction_target(Prediction prediction, const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW,
                                const torch::Tensor& t_B, const NoiseSchedule& schedule);

/// The two readings of a model output at one noise level.
struct Denoised {
  torch::Tensor x0;   ///< predicted clean latents; never clamped (latents reach about +-4)
  torch::Tensor eps;  ///< predicted noise
};

/// x0 and eps from the model's output for x_t (in the variance-preserving scale, whatever the prediction) at alpha_bar.
///
/// alpha_bar  in [0, 1]; 0 (noise alone) for v and flow only
/// throws     std::invalid_argument: shapes differ, alpha_bar outside [0, 1], or epsilon at alpha_bar 0
Denoised denoised_from_output(Prediction prediction, const torch::Tensor& output, const torch::Tensor& x_t, double alpha_bar);

}  // namespace darkroom
