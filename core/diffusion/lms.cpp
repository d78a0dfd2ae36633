// SPDX-License-Identifier: Apache-2.0
// Adams-Bashforth on uneven sigmas: the polynomial through the last slopes is integrated over the move. Its degree is at most 3, so two
// Gauss points give the exact integral.
#include <deque>

#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

struct Slope {
  double sigma;
  torch::Tensor value;
};

// Integral from `start` to `end` of the Lagrange polynomial that is 1 at slope `k`'s sigma and 0 at the others'.
double lms_weight(const std::deque<Slope>& slopes, size_t k, double start, double end) {
  const double middle = (start + end) / 2;
  const double half = (end - start) / 2;
  double sum = 0;
  for (const double point : {middle - half / std::sqrt(3.0), middle + half / std::sqrt(3.0)}) {
    double value = 1;
    for (size_t j = 0; j < slopes.size(); ++j) {
      value *= j == k ? 1 : (point - slopes[j].sigma) / (slopes[k].sigma - slopes[j].sigma);
    }
    sum += value;
  }
  return sum * half;
}

}  // namespace

torch::Tensor sample_lms(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  constexpr size_t order = 4;
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_lms");
  x = denoiser.enter(x);
  std::deque<Slope> slopes;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const auto& [from, to] = run.plan.moves[i];
    const torch::Tensor x0 = denoiser.clean(x, from);
    slopes.push_front({from.sigma, (x - x0) / from.sigma});
    if (slopes.size() > order) {
      slopes.pop_back();
    }
    for (size_t k = 0; k < slopes.size(); ++k) {
      x = x + lms_weight(slopes, k, from.sigma, to.sigma) * slopes[k].value;
    }
    denoiser.made(i, x0);
  }
  return denoiser.leave(x);
}

}  // namespace darkroom
