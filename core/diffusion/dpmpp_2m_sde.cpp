// SPDX-License-Identifier: Apache-2.0
// DPM-Solver++(2M) of the reverse SDE, midpoint form: signal decays as exp(-2h) and noise of variance 1 - exp(-2h) comes back.
#include "core/diffusion/denoiser.h"
#include "core/diffusion/dpmpp_line.h"

namespace darkroom {

torch::Tensor sample_dpmpp_2m_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_dpmpp_2m_sde");
  x = denoiser.enter(x);
  DpmppLine line;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const double ratio = to.sigma / from.sigma;
    const torch::Tensor target = line.aim(x0, from, to);
    x = at::lerp(target, x, ratio * ratio);
    if (to.sigma > 0) {
      x = x + to.sigma * std::sqrt(1 - ratio * ratio) * denoiser.noise(x, from.sigma, to.sigma);
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
