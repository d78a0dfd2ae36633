// SPDX-License-Identifier: Apache-2.0
// Two ancestral steps from the same place: one to the midpoint in log sigma, whose x0 then carries one over the whole move. Their noises
// are increments of one Brownian path, so they are not independent.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_dpmpp_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_dpmpp_sde");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const double start = from.sigma;
    torch::Tensor x0 = denoiser.clean(x, from);
    const auto down_and_up = [&](double sigma) {
      const AncestralStep step = ancestral_step(start, sigma);
      return at::lerp(x0, x, step.down / start) + step.up * denoiser.noise(x, start, sigma);
    };
    if (to.sigma > 0) {
      const double middle = std::sqrt(start * to.sigma);
      x0 = denoiser.clean(down_and_up(middle), middle);
      x = down_and_up(to.sigma);
    } else {
      x = x0;
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
