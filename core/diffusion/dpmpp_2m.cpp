// SPDX-License-Identifier: Apache-2.0
// Lu et al. 2022, algorithm 2, in the exploding scale, where exp(-h) is sigma' / sigma.
#include "core/diffusion/denoiser.h"
#include "core/diffusion/dpmpp_line.h"

namespace darkroom {

torch::Tensor sample_dpmpp_2m(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_dpmpp_2m");
  x = denoiser.enter(x);
  DpmppLine line;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const torch::Tensor target = line.aim(x0, from, to);
    x = at::lerp(target, x, to.sigma / from.sigma);
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
