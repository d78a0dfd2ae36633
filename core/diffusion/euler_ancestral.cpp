// SPDX-License-Identifier: Apache-2.0
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_euler_ancestral(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_euler_ancestral");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const AncestralStep step = ancestral_step(from.sigma, to.sigma);
    x = at::lerp(x0, x, step.down / from.sigma);
    if (step.up > 0) {
      x = x + step.up * denoiser.noise(x, from.sigma, to.sigma);
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
