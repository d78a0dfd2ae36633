// SPDX-License-Identifier: Apache-2.0
// DPM-Solver-2: the slope at the geometric mean of the two sigmas carries the whole move.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_dpm2(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_dpm2");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    torch::Tensor x0 = denoiser.clean(x, from);
    if (to.sigma > 0) {
      const double middle = std::sqrt(from.sigma * to.sigma);
      const torch::Tensor halfway = at::lerp(x0, x, middle / from.sigma);
      x0 = denoiser.clean(halfway, middle);
      x = x + (to.sigma - from.sigma) / middle * (halfway - x0);
    } else {
      x = x0;
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
