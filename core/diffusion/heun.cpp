// SPDX-License-Identifier: Apache-2.0
// Karras et al. 2022, algorithm 1: the slope of a move is the mean of those at its two ends; the last move, to sigma 0, has one end only.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_heun(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_heun");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    torch::Tensor x0 = denoiser.clean(x, from);
    const torch::Tensor ahead = at::lerp(x0, x, to.sigma / from.sigma);
    if (to.sigma > 0) {
      const torch::Tensor slope = (x - x0) / from.sigma;
      x0 = denoiser.clean(ahead, to);
      const torch::Tensor slope_ahead = (ahead - x0) / to.sigma;
      x = x + (to.sigma - from.sigma) / 2 * (slope + slope_ahead);
    } else {
      x = ahead;
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
