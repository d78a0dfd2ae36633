// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W, T train steps.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// The forward process q(x_t | x_0) of DDPM: how much signal is left at each train step.
///
/// Tables are computed on the host, so they do not depend on the device; alpha_bar is within 4e-7 of diffusers' float32 values.
struct NoiseSchedule {
  torch::Tensor alpha_bar_T;           ///< float32 [T], falling, in [0, 1); 0 only at a rescaled end; the tables lie on one device
  torch::Tensor sqrt_alpha_bar_T;      ///< float32 [T]
  torch::Tensor sqrt_one_minus_bar_T;  ///< float32 [T], sqrt(1 - alpha_bar)
  std::vector<double> alpha_bar;       ///< on the host, for samplers

  /// Betas evenly spaced in sqrt(beta), as Stable Diffusion 1.x: beta_0 = beta_start, beta_{T-1} = beta_end.
  /// throws  std::invalid_argument: not 0 < beta_start <= beta_end < 1, or train_steps < 1
  static NoiseSchedule scaled_linear(double beta_start, double beta_end, int64_t train_steps, torch::Device device = torch::kCPU);
  /// Betas evenly spaced, as DDPM.
  static NoiseSchedule linear(double beta_start, double beta_end, int64_t train_steps, torch::Device device = torch::kCPU);
  /// From a diffusers scheduler_config.json: beta_schedule (scaled_linear | linear), beta_start, beta_end, num_train_timesteps,
  /// rescale_betas_zero_snr (only beside prediction_type v_prediction: pure noise says nothing about x0 to a model that predicts it).
  /// FlowMatchEulerDiscreteScheduler's: num_train_timesteps, shift (1 only), and no betas.
  /// throws  Error{bad_input} naming `where` and the key
  static NoiseSchedule from_config(const Json& scheduler_config, std::string_view where, torch::Device device = torch::kCPU);

  /// The levels s = (t + 1) / T of a rectified flow in the variance-preserving scale: alpha_bar = (1 - s)^2 / ((1 - s)^2 + s^2), 0 at the
  /// last train step. See prediction.h. throws std::invalid_argument: train_steps < 1
  static NoiseSchedule rectified_flow(int64_t train_steps, torch::Device device = torch::kCPU);

  /// The same schedule moved and stretched in sqrt(alpha_bar) until the last train step is noise alone: alpha_bar[T-1] = 0, alpha_bar[0]
  /// kept.
  ///
  /// throws  std::invalid_argument: fewer than 2 train steps
  /// source  Lin et al. 2023, arXiv:2305.08891, algorithm 1
  NoiseSchedule rescaled_zero_terminal_snr() const;

  int64_t train_steps() const { return static_cast<int64_t>(alpha_bar.size()); }
};

/// x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps, per sample.
///
/// x0_BCHW, eps_BCHW  float, same shape; t_B int64 [B] on the same device, 0 <= t < T, values not checked
/// returns  x_t in the dtype of x0_BCHW
/// throws   std::invalid_argument: shapes differ, or t_B is not int64 [B]
/// source   Ho et al. 2020, arXiv:2006.11239, eq. 4
torch::Tensor add_noise(const torch::Tensor& x0_BCHW, const torch::Tensor& eps_BCHW, const torch::Tensor& t_B,
                        const NoiseSchedule& schedule);

/// table_T[t_B] shaped [B,1,…,1] with `dimensions` dimensions, to scale a batch sample by sample.
torch::Tensor per_sample(const torch::Tensor& table_T, const torch::Tensor& t_B, int64_t dimensions);

}  // namespace darkroom
