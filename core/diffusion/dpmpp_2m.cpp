// SPDX-License-Identifier: Apache-2.0
// Lu et al. 2022, algorithm 2, in the exploding scale, where exp(-h) is sigma' / sigma. The last move, to sigma 0, is of order 1: the line
// through two x0 has no end there.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_dpmpp_2m(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_dpmpp_2m");
  x = denoiser.enter(x);
  torch::Tensor last_x0;
  double last_h = 0;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const double h = std::log(from.sigma / to.sigma);
    const bool first_order = !last_x0.defined() || to.sigma == 0;
    const torch::Tensor target = first_order ? x0 : x0 + h / (2 * last_h) * (x0 - last_x0);
    x = at::lerp(target, x, to.sigma / from.sigma);
    last_x0 = x0;
    last_h = h;
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
