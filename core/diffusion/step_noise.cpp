// SPDX-License-Identifier: Apache-2.0
// k-diffusion asks a Brownian tree because its adaptive samplers may go back; ours only go down in sigma, so the last increment is all of
// the path that has to be kept.
#include "core/diffusion/step_noise.h"

#include "core/base/format.h"

namespace darkroom {

PathNoise::PathNoise(std::vector<at::Generator> generators) : generators_(std::move(generators)) {}

torch::Tensor PathNoise::draw(const torch::Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.front() = 1;
  std::vector<torch::Tensor> images;
  images.reserve(generators_.size());
  for (at::Generator& generator : generators_) {
    images.push_back(at::randn(shape, generator, torch::TensorOptions().dtype(torch::kFloat32)));
  }
  return at::cat(images, 0).to(x.device());
}

torch::Tensor PathNoise::operator()(const torch::Tensor& x, double sigma, double sigma_next) {
  if (x.dim() < 1 || x.size(0) != static_cast<int64_t>(generators_.size())) {
    throw std::invalid_argument(
        format("[PathNoise] x must hold {} images, one a generator, got [{}]", generators_.size(), fmt::join(x.sizes(), ",")));
  }
  if (!(sigma_next >= 0 && sigma_next < sigma)) {
    throw std::invalid_argument(format("[PathNoise] the path goes down to 0, got {} to {}", sigma, sigma_next));
  }
  if (from_ && sigma == *from_ && sigma_next < to_) {
    increment_ = increment_ + std::sqrt(to_ - sigma_next) * draw(x);
    to_ = sigma_next;
    return increment_ / std::sqrt(sigma - sigma_next);
  }
  if (from_ && sigma > to_) {
    throw std::invalid_argument(format("[PathNoise] {} to {} overlaps the last interval, {} to {}", sigma, sigma_next, *from_, to_));
  }
  torch::Tensor unit = draw(x);
  from_ = sigma;
  to_ = sigma_next;
  increment_ = std::sqrt(sigma - sigma_next) * unit;
  return unit;
}

}  // namespace darkroom
