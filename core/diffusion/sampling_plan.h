// SPDX-License-Identifier: Apache-2.0
// The noise levels that a sampler goes through, known before the model is asked. Shapes: B batch, C channels, H W.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/diffusion/noise_levels.h"
#include "core/diffusion/sigma_schedule.h"
#include "core/diffusion/timestep_spacing.h"

namespace darkroom {

struct Sampler;

/// What somebody asks for.
struct SamplingRequest {
  int64_t steps = 50;
  SigmaSchedule schedule = SigmaSchedule::standard;
  std::optional<TimestepSpacing> spacing;  ///< asked for, and then it wins over the model's
  SpacingOptions model;                    ///< of the model's scheduler config
  double eta = 0;                          ///< DDIM: 0 deterministic, 1 as noisy as DDPM
  double strength = 1;                     ///< image to image: the share of the steps that is run, in [0, 1]
};

/// One move of a sampler. Usually `to` is the next move's `from`; DDIM and PLMS end where diffusers ends, T / n below.
struct SamplingMove {
  NoiseLevel from;  ///< where the model is asked
  NoiseLevel to;
};

/// The moves, and how latents enter the first of them.
///
/// Latents enter and leave a sampler in the variance-preserving scale. They leave at the level of the last move's end: clean (alpha_bar 1)
/// or as good as clean (alpha_bar of train step 0), ready for the VAE either way.
struct SamplingPlan {
  std::vector<SamplingMove> moves;  ///< empty where a strength leaves no step
  double noise_scale = 1;           ///< of pure noise at the start: 1, or sqrt(1 - alpha_bar) where the reference starts at sigma eps
  std::optional<TimestepSpacing> spacing;  ///< the one used; absent where the schedule or the sampler has its own levels
  int64_t steps = 0;                       ///< of the whole sampling, before `strength`
  double eta = 0;
  SigmaTable sigmas;  ///< for samplers that ask the model between two levels

  /// Text to image: latents for the sampler from standard normal noise, any float shape.
  /// throws  std::invalid_argument: there are no moves
  torch::Tensor start(const torch::Tensor& noise_BCHW) const;
  /// Image to image: sqrt(alpha_bar) latents + sqrt(1 - alpha_bar) noise at the first move; the latents alone where there are no moves.
  /// throws  std::invalid_argument: shapes differ
  torch::Tensor start(const torch::Tensor& latents_BCHW, const torch::Tensor& noise_BCHW) const;
};

/// The moves of `request.steps` sampling steps, or their last min(int(steps * strength), steps) (diffusers' rule).
///
/// PLMS makes one move more than steps (its first is made twice). Timesteps equal diffusers' for the sampler's class, or k-diffusion's:
/// each sampler names its reference.
///
/// throws  Error{usage} naming both: a schedule or spacing that the sampler or schedule has no use for, an eta for a sampler without;
///         Error{usage}: steps below 1 or above the train steps (LCM: 50), strength outside [0, 1], PLMS from alpha_bar 0
SamplingPlan plan_sampling(const NoiseSchedule& schedule, const Sampler& sampler, const SamplingRequest& request);

}  // namespace darkroom
