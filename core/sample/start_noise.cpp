// SPDX-License-Identifier: Apache-2.0
// LibTorch's own randn is used and not a copy of its algorithm: its vectorised Box-Muller differs from scalar code in the last bits.
#include "core/sample/start_noise.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"

namespace darkroom {
namespace {

constexpr double near_cosine = 0.9995;

}  // namespace

torch::Tensor initial_noise(uint64_t seed, int64_t count, int64_t channels, int64_t height, int64_t width) {
  if (count < 1 || channels < 1 || height < 1 || width < 1) {
    throw std::invalid_argument(
        format("[initial_noise] every extent must be at least 1, got [{},{},{},{}]", count, channels, height, width));
  }
  std::vector<torch::Tensor> images;
  for (int64_t i = 0; i < count; ++i) {
    images.push_back(
        at::randn({1, channels, height, width}, at::detail::createCPUGenerator(seed + static_cast<uint64_t>(i)), torch::kFloat32));
  }
  return at::cat(images, 0);
}

torch::Tensor noise_from_file(const std::filesystem::path& path, int64_t count, int64_t channels, int64_t height, int64_t width) {
  const SafetensorsFile file(path);
  if (!file.contains("noise")) {
    fail(ErrorCode::bad_input, "{}: has no tensor named 'noise'; it holds {} tensors of other names", path.string(), file.tensors().size());
  }
  const torch::Tensor noise = file.tensor("noise").to(torch::kFloat32);
  if (noise.sizes() != at::IntArrayRef({count, channels, height, width})) {
    fail(ErrorCode::bad_input, "{}: 'noise' must be [{},{},{},{}] for these options, got [{}]", path.string(), count, channels, height,
         width, fmt::join(noise.sizes(), ","));
  }
  return noise.clone();
}

torch::Tensor spherical_mix(const torch::Tensor& from_BCHW, const torch::Tensor& to_BCHW, double strength) {
  if (from_BCHW.sizes() != to_BCHW.sizes() || !(strength >= 0 && strength <= 1)) {
    throw std::invalid_argument(format("[spherical_mix] [{}] and [{}] must be alike and strength {} lie in [0, 1]",
                                       fmt::join(from_BCHW.sizes(), ","), fmt::join(to_BCHW.sizes(), ","), strength));
  }
  std::vector<torch::Tensor> mixed;
  for (int64_t i = 0; i < from_BCHW.size(0); ++i) {
    const torch::Tensor from = from_BCHW[i];
    const torch::Tensor to = to_BCHW[i];
    const double cosine = ((from * to).sum() / (from.norm() * to.norm())).item<double>();
    if (cosine > near_cosine) {
      mixed.push_back(from + strength * (to - from));
      continue;
    }
    const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
    mixed.push_back((std::sin((1 - strength) * angle) * from + std::sin(strength * angle) * to) / std::sin(angle));
  }
  return at::stack(mixed, 0);
}

at::Generator step_generator(uint64_t seed, int64_t channels, int64_t height, int64_t width) {
  if (channels < 1 || height < 1 || width < 1) {
    throw std::invalid_argument(format("[step_generator] every extent must be at least 1, got [{},{},{}]", channels, height, width));
  }
  at::Generator generator = at::detail::createCPUGenerator(seed);
  at::randn({1, channels, height, width}, generator, torch::kFloat32);
  return generator;
}

}  // namespace darkroom
