// SPDX-License-Identifier: Apache-2.0
// What all samplers share: asking the model in either scale of latents, noise, reports, cancelling. Shapes: B batch, C channels, H W.
#pragma once

#include <torch/types.h>

#include <string_view>

#include "core/diffusion/sampler.h"

namespace darkroom {

/// One run of one sampler: the model as a function of latents and noise level. Holds references: lives in the sampler's function alone.
class Denoiser {
 public:
  /// who  the sampler's function, for messages
  /// throws  std::invalid_argument: no moves, `noise` needed and absent, x not float32
  Denoiser(const Denoise& model, const SamplerRun& run, const torch::Tensor& x, NoiseUse noise, std::string_view who);

  /// The model's own answer for x (variance preserving) at a level; a model of a flow is fed its own scale and told s T.
  /// throws  Error{cancelled} instead of asking when somebody cancelled
  torch::Tensor ask(const torch::Tensor& x, const NoiseLevel& level) const;
  /// x0 and eps that an answer means for x (variance preserving) at alpha_bar, after the run's edit.
  Denoised read(const torch::Tensor& output, const torch::Tensor& x, double alpha_bar) const;
  /// Both at once.
  Denoised at(const torch::Tensor& x, const NoiseLevel& level) const { return read(ask(x, level), x, level.alpha_bar); }

  /// Clean latents for x in the exploding scale, D(x; sigma).
  torch::Tensor clean(const torch::Tensor& x, const NoiseLevel& level) const { return at(x * level.signal(), level).x0; }
  /// At a sigma between the plan's levels.
  torch::Tensor clean(const torch::Tensor& x, double sigma) const;

  /// From the preserving scale at the first level into the exploding one, and back at the end of the last move.
  torch::Tensor enter(const torch::Tensor& x) const;
  torch::Tensor leave(const torch::Tensor& x) const;

  torch::Tensor noise(const torch::Tensor& x, double sigma, double sigma_next) const;
  /// Reports move `index` (from 0) as made.
  void made(size_t index, const torch::Tensor& x0) const;

 private:
  const Denoise& model_;
  const SamplerRun& run_;
};

}  // namespace darkroom
