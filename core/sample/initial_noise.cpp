// SPDX-License-Identifier: Apache-2.0
// LibTorch's own randn is used and not a copy of its algorithm: its vectorised Box-Muller differs from scalar code in the last bits.
#include "core/sample/initial_noise.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"

namespace darkroom {

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

}  // namespace darkroom
