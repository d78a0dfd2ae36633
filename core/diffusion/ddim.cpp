// SPDX-License-Identifier: Apache-2.0
// Song et al. 2020, eq. 12 and 16. x0 is never clamped: latents reach about +-4, and clamping to [-1, 1] spoilt samples of the source run.
#include "core/base/format.h"
#include "core/diffusion/sampler.h"

namespace darkroom {
namespace {

// Standard deviation of the noise that one move adds.
double ddim_sigma(const TimestepMove& move, double eta) {
  const double variance = (1 - move.alpha_bar_previous) / (1 - move.alpha_bar) * (1 - move.alpha_bar / move.alpha_bar_previous);
  return eta * std::sqrt(std::max(variance, 0.0));
}

}  // namespace

torch::Tensor sample_ddim(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  if (run.moves.empty()) {
    throw std::invalid_argument("[sample_ddim] there are no moves to make");
  }
  if (run.eta < 0 || (run.eta > 0 && !run.noise)) {
    throw std::invalid_argument(format("[sample_ddim] eta must be 0, or positive with a source of noise, got {}", run.eta));
  }
  const auto of = static_cast<int64_t>(run.moves.size());
  for (int64_t step = 0; step < of; ++step) {
    run.cancel.check();
    const TimestepMove& move = run.moves[static_cast<size_t>(step)];
    const torch::Tensor output = model(x, static_cast<double>(move.t));
    const Denoised denoised = denoised_from_output(run.prediction, output, x, move.alpha_bar);
    const double sigma = ddim_sigma(move, run.eta);
    const double direction = std::sqrt(std::max(1 - move.alpha_bar_previous - sigma * sigma, 0.0));
    x = std::sqrt(move.alpha_bar_previous) * denoised.x0 + direction * denoised.eps;
    if (sigma > 0) {
      x = x + sigma * run.noise(x, step);
    }
    if (run.seen) {
      run.seen(step + 1, of, denoised.x0);
    }
  }
  return x;
}

}  // namespace darkroom
