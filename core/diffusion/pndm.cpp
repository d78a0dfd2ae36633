// SPDX-License-Identifier: Apache-2.0
// Liu et al. 2022, eq. 12 (Adams-Bashforth on the model's answers). The plan repeats its first move: the second time it is made with the
// mean of the answers at both its ends. Answers are mixed as they come, so v is mixed as v, which is what diffusers does.
#include <array>
#include <deque>

#include "core/diffusion/denoiser.h"

namespace darkroom {
namespace {

torch::Tensor mixed(const std::deque<torch::Tensor>& newest_first) {
  static const std::array<std::vector<double>, 4> weights{
      {{1}, {3.0 / 2, -1.0 / 2}, {23.0 / 12, -16.0 / 12, 5.0 / 12}, {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24}}};
  const std::vector<double>& of_order = weights.at(newest_first.size() - 1);
  torch::Tensor sum = of_order[0] * newest_first[0];
  for (size_t k = 1; k < of_order.size(); ++k) {
    sum = sum + of_order[k] * newest_first[k];
  }
  return sum;
}

}  // namespace

torch::Tensor sample_pndm(const Denoise& model, torch::Tensor x, const SamplerRun& run) {
  constexpr size_t order = 4;
  const Denoiser denoiser(model, run, x, NoiseUse::never, "sample_pndm");
  std::deque<torch::Tensor> answers;
  const torch::Tensor first = x;
  for (size_t i = 0; i < run.plan.moves.size(); ++i) {
    const SamplingMove& move = run.plan.moves[i];
    torch::Tensor answer = denoiser.ask(x, move.from);
    const bool repeats_first = i == 1;
    if (repeats_first) {
      answer = (answer + answers.front()) / 2;
      x = first;
    } else {
      answers.push_front(answer);
      answers.resize(std::min(answers.size(), order));
      answer = mixed(answers);
    }
    const Denoised denoised = denoiser.read(answer, x, move.from.alpha_bar);
    x = move.to.signal() * denoised.x0 + move.to.noise() * denoised.eps;
    denoiser.made(i, denoised.x0);
  }
  return x;
}

}  // namespace darkroom
