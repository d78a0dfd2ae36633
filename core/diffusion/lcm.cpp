// SPDX-License-Identifier: Apache-2.0
// Luo et al. 2023, algorithm 3. The distilled model is c_skip(t) x + c_out(t) x0 with sigma_data 0.5 and t counted tenfold, as it was
// trained; the answer is noised again to the next level.
#include "core/diffusion/denoiser.h"

namespace darkroom {

torch::Tensor sample_lcm(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  constexpr double sigma_data = 0.5;
  constexpr double timestep_scaling = 10;
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_lcm");
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const SamplingMove& move = run.plan.moves[i];
    const double scaled_t = timestep_scaling * move.from.t;
    const double total = scaled_t * scaled_t + sigma_data * sigma_data;
    const double skip = sigma_data * sigma_data / total;
    const double out = scaled_t / std::sqrt(total);
    const torch::Tensor x0 = out * denoiser.at(x, move.from).x0 + skip * x;
    x = x0;
    if (move.to.sigma > 0) {
      x = move.to.signal() * x0 + move.to.noise() * denoiser.noise(x, move.from.sigma, move.to.sigma);
    }
    denoiser.made(i, x0);
  }
  return x;
}

}  // namespace darkroom
