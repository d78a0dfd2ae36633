// SPDX-License-Identifier: Apache-2.0
// k-diffusion's third-order form of DPM-Solver++ SDE at eta 1: divided differences of the last three x0, weighted by phi functions of 2h.
#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

struct Past {
  torch::Tensor x0;
  double h = 0;  // of the move that started there
};

// What the past adds to the first-order step over h; nothing on the first move.
torch::Tensor correction(const torch::Tensor& x0, double h, const std::optional<Past>& last, const std::optional<Past>& before) {
  const double decay = 2 * h;
  const double phi_2 = std::expm1(-decay) / decay + 1;
  const double r0 = last->h / h;
  const torch::Tensor slope = (x0 - last->x0) / r0;
  if (!before) {
    return phi_2 * slope;
  }
  const double r1 = before->h / h;
  const double phi_3 = phi_2 / decay - 0.5;
  const torch::Tensor bend = (slope - (last->x0 - before->x0) / r1) / (r0 + r1);
  return phi_2 * (slope + r0 * bend) - phi_3 * bend;
}

}  // namespace

torch::Tensor sample_dpmpp_3m_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::always, "sample_dpmpp_3m_sde");
  x = denoiser.enter(x);
  std::optional<Past> last;
  std::optional<Past> before;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    const double ratio = to.sigma / from.sigma;
    const double h = std::log(from.sigma / to.sigma);
    x = at::lerp(x0, x, ratio * ratio);
    if (to.sigma > 0) {
      if (last) {
        x = x + correction(x0, h, last, before);
      }
      x = x + to.sigma * std::sqrt(1 - ratio * ratio) * denoiser.noise(x, from.sigma, to.sigma);
    }
    before = last;
    last = Past{x0, h};
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
