// SPDX-License-Identifier: Apache-2.0
// Zhao et al. 2023, algorithms 5 and 6: after each call of the model the last move is made again with the new x0 (UniC), then the next one
// with what is known (UniP). B(h) = expm1(-h) ("bh2"); the last move is of order 1.
#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

struct Known {
  double sigma = 0;
  torch::Tensor x0;
};

// x0 - before, stretched to a whole step in log sigma from `from` to `to`.
torch::Tensor stretched_difference(const Known& now, const Known& before, double to) {
  const double r = std::log(before.sigma / now.sigma) / std::log(now.sigma / to);
  return (now.x0 - before.x0) / r;
}

torch::Tensor predict(const torch::Tensor& x, double to, const Known& now, const Known& before, int order) {
  const torch::Tensor target = order == 1 ? now.x0 : now.x0 + 0.5 * stretched_difference(now, before, to);
  return at::lerp(target, x, to / now.sigma);
}

// The move from `now` to `there.sigma` once more, knowing x0 there.
torch::Tensor correct(const torch::Tensor& x, const Known& there, const Known& now, const Known& before, int order) {
  const torch::Tensor ahead = there.x0 - now.x0;
  const double ratio = there.sigma / now.sigma;
  if (order == 1) {
    return at::lerp(now.x0 + 0.5 * ahead, x, ratio);
  }
  const double h = std::log(now.sigma / there.sigma);
  const double b = std::expm1(-h);
  const double phi_1 = b / -h - 1;
  const double phi_2 = phi_1 / -h - 0.5;
  const double b_1 = phi_1 / b;
  const double b_2 = 2 * phi_2 / b;
  const double r = std::log(before.sigma / now.sigma) / h;
  const double weight_before = (b_1 - b_2) / (1 + r);
  const torch::Tensor target = now.x0 + weight_before * stretched_difference(now, before, there.sigma) + (b_1 - weight_before) * ahead;
  return at::lerp(target, x, ratio);
}

}  // namespace

torch::Tensor sample_unipc(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_unipc");
  x = denoiser.enter(x);
  Known now;
  Known before;
  torch::Tensor last_x;
  int order = 1;
  const size_t moves = run.plan.moves.size();
  for (size_t i = 0; i < moves; ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const Known here{from.sigma, denoiser.clean(x, from)};
    if (i > 0) {
      x = correct(last_x, here, now, before, order);
    }
    before = now;
    now = here;
    order = i == 0 || i + 1 == moves ? 1 : 2;
    last_x = x;
    x = predict(x, to.sigma, now, before, order);
    denoiser.made(i, here.x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
