// SPDX-License-Identifier: Apache-2.0
// The model is always fed the variance-preserving scale, and x0 is always read from it: one conversion for all samplers, exact at alpha_bar
// 0.
#include "core/diffusion/denoiser.h"

#include "core/base/format.h"

namespace darkroom {

Denoiser::Denoiser(const Denoise& model, const SamplerRun& run, const torch::Tensor& x, NoiseUse noise, std::string_view who)
    : model_(model), run_(run) {
  if (run.plan.moves.empty()) {
    throw std::invalid_argument(format("[{}] there are no moves to make", who));
  }
  const bool noisy = noise == NoiseUse::always || (noise == NoiseUse::with_eta && run.plan.eta > 0);
  if (noisy && !run.noise) {
    throw std::invalid_argument(format("[{}] adds noise and was given no source of it", who));
  }
  if (!x.defined() || x.scalar_type() != torch::kFloat32) {
    throw std::invalid_argument(format("[{}] latents must be float32, got {}", who, x.defined() ? c10::toString(x.scalar_type()) : "none"));
  }
}

torch::Tensor Denoiser::ask(const torch::Tensor& x, const NoiseLevel& level) const {
  run_.cancel.check();
  if (run_.prediction == Prediction::flow) {
    const double s = flow_level_of(level.alpha_bar);
    return model_(flow_scale(s) * x, s * static_cast<double>(run_.plan.sigmas.train_steps())).to(x.scalar_type());
  }
  return model_(x, level.t).to(x.scalar_type());
}

Denoised Denoiser::read(const torch::Tensor& output, const torch::Tensor& x, double alpha_bar) const {
  Denoised denoised = denoised_from_output(run_.prediction, output, x, alpha_bar);
  if (run_.edit) {
    denoised.x0 = run_.edit(denoised.x0);
    denoised.eps = (x - std::sqrt(alpha_bar) * denoised.x0) / std::sqrt(1 - alpha_bar);
  }
  return denoised;
}

torch::Tensor Denoiser::clean(const torch::Tensor& x, double sigma) const {
  return clean(x, NoiseLevel::of_sigma(run_.plan.sigmas.t_of(sigma), sigma));
}

torch::Tensor Denoiser::enter(const torch::Tensor& x) const { return x / run_.plan.moves.front().from.signal(); }

torch::Tensor Denoiser::leave(const torch::Tensor& x) const { return x * run_.plan.moves.back().to.signal(); }

torch::Tensor Denoiser::noise(const torch::Tensor& x, double sigma, double sigma_next) const { return run_.noise(x, sigma, sigma_next); }

void Denoiser::made(size_t index, const torch::Tensor& x0) const {
  if (run_.seen) {
    run_.seen(static_cast<int64_t>(index) + 1, static_cast<int64_t>(run_.plan.moves.size()), x0);
  }
}

}  // namespace darkroom
