// SPDX-License-Identifier: Apache-2.0
// Zhang & Chen 2022: the line in log rho through the last two eps, integrated over the move; rho is sigma of the exploding scale. The plan
// ends at the smallest sigma, since log 0 has no value. Below 15 steps the last move is of order 1 (diffusers' lower_order_final).
#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

constexpr int64_t few_steps = 15;

// Integral over rho from `start` to `end` of log(rho / zero) / log(one / zero): 1 at `one`, 0 at `zero`.
double deis_weight(double start, double end, double one, double zero) {
  const auto primitive = [&](double rho) { return rho * (std::log(rho / zero) - 1) / std::log(one / zero); };
  return primitive(end) - primitive(start);
}

}  // namespace

torch::Tensor sample_deis(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_deis");
  x = denoiser.enter(x);
  torch::Tensor last_eps;
  double last_sigma = 0;
  const size_t moves = run.plan.moves.size();
  for (size_t i = 0; i < moves; ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const torch::Tensor eps = (x - x0) / from.sigma;
    const bool lower_order_final = i + 1 == moves && run.plan.steps < few_steps;
    if (i == 0 || lower_order_final) {
      x = x + (to.sigma - from.sigma) * eps;
    } else {
      x = x + deis_weight(from.sigma, to.sigma, from.sigma, last_sigma) * eps +
          deis_weight(from.sigma, to.sigma, last_sigma, from.sigma) * last_eps;
    }
    last_eps = eps;
    last_sigma = from.sigma;
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
