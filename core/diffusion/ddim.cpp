// SPDX-License-Identifier: Apache-2.0
// Song et al. 2020, eq. 12 and 16. x0 is never clamped: latents reach about +-4, and clamping to [-1, 1] spoilt samples of the source run.
#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

// Standard deviation of the noise that one move adds.
double added_noise(const SamplingMove& move, double eta) {
  const double from = move.from.alpha_bar;
  const double to = move.to.alpha_bar;
  const double variance = (1 - to) / (1 - from) * (1 - from / to);
  return eta * std::sqrt(std::max(variance, 0.0));
}

}  // namespace

torch::Tensor sample_ddim(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::with_eta, "sample_ddim");
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const SamplingMove& move = run.plan.moves[i];
    const Denoised denoised = denoiser.at(x, move.from);
    const double deviation = added_noise(move, run.plan.eta);
    const double direction = std::sqrt(std::max(1 - move.to.alpha_bar - deviation * deviation, 0.0));
    x = move.to.signal() * denoised.x0 + direction * denoised.eps;
    if (deviation > 0) {
      x = x + deviation * denoiser.noise(x, move.from.sigma, move.to.sigma);
    }
    denoiser.made(i, denoised.x0);
  }
  return x;
}

}  // namespace darkroom
