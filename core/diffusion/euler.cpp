// SPDX-License-Identifier: Apache-2.0
// x + (sigma' - sigma) (x - x0) / sigma is written as a mean of x0 and x: it rounds relative to the result, at sigma 4096 too.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_euler(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_euler");
  x = denoiser.enter(x);
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const SamplingMove& move = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, move.from);
    x = at::lerp(x0, x, move.to.sigma / move.from.sigma);
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
