// SPDX-License-Identifier: Apache-2.0
// DPM-Solver++(2M) of the reverse SDE, midpoint form: signal decays as exp(-2h) and noise of variance 1 - exp(-2h) comes back.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_dpmpp_2m_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_dpmpp_2m_sde");
  x = denoiser.enter(x);
  torch::Tensor last_x0;
  double last_h = 0;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const double h = std::log(from.sigma / to.sigma);
    const double ratio = to.sigma / from.sigma;
    const bool first_order = !last_x0.defined() || to.sigma == 0;
    const torch::Tensor target = first_order ? x0 : x0 + h / (2 * last_h) * (x0 - last_x0);
    x = at::lerp(target, x, ratio * ratio);
    if (to.sigma > 0) {
      x = x + to.sigma * std::sqrt(1 - ratio * ratio) * denoiser.noise(x, from.sigma, to.sigma);
    }
    last_x0 = x0;
    last_h = h;
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
