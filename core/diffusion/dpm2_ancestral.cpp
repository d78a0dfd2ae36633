// SPDX-License-Identifier: Apache-2.0
// DPM-Solver-2 down to the ancestral step's lower sigma, then noise up to the wanted one.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_dpm2_ancestral(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_dpm2_ancestral");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const AncestralStep step = ancestral_step(from.sigma, to.sigma);
    torch::Tensor x0 = denoiser.clean(x, from);
    if (step.down > 0) {
      const double middle = std::sqrt(from.sigma * step.down);
      const torch::Tensor halfway = at::lerp(x0, x, middle / from.sigma);
      x0 = denoiser.clean(halfway, middle);
      x = x + (step.down - from.sigma) / middle * (halfway - x0);
      x = x + step.up * denoiser.noise(x, from.sigma, to.sigma);
    } else {
      x = x0;
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
