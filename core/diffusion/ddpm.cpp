// SPDX-License-Identifier: Apache-2.0
// Ho et al. 2020, eq. 6 and 7 with steps left out: beta of a move is 1 - alpha_bar_from / alpha_bar_to.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_ddpm(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_ddpm");
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const SamplingMove& move = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.at(x, move.from).x0;
    const double kept = move.from.alpha_bar / move.to.alpha_bar;
    const double noise_from = 1 - move.from.alpha_bar;
    const double noise_to = 1 - move.to.alpha_bar;
    x = move.to.signal() * (1 - kept) / noise_from * x0 + std::sqrt(kept) * noise_to / noise_from * x;
    if (noise_to > 0) {
      x = x + std::sqrt(noise_to / noise_from * (1 - kept)) * denoiser.noise(x, move.from.sigma, move.to.sigma);
    }
    denoiser.made(i, x0);
  }
  return x;
}

}  // namespace darkroom
