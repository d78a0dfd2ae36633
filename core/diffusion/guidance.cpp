// SPDX-License-Identifier: Apache-2.0
// Ho & Salimans 2022; the batch order [uncond, cond] is that of the source run and of diffusers.
#include "core/diffusion/guidance.h"

#include "core/base/format.h"

namespace darkroom {

torch::Tensor guidance_combine(const torch::Tensor& output_2BCHW, double scale) {
  if (output_2BCHW.dim() < 1 || output_2BCHW.size(0) % 2 != 0) {
    throw std::invalid_argument(
        format("[guidance_combine] the batch must be [uncond…, cond…] of even length, got [{}]", fmt::join(output_2BCHW.sizes(), ",")));
  }
  const std::vector<torch::Tensor> halves = output_2BCHW.chunk(2, 0);
  return halves[0] + scale * (halves[1] - halves[0]);
}

torch::Tensor guidance_rescale(const torch::Tensor& guided_BCHW, const torch::Tensor& cond_BCHW, double rescale) {
  if (guided_BCHW.sizes() != cond_BCHW.sizes() || !(rescale >= 0 && rescale <= 1)) {
    throw std::invalid_argument(format("[guidance_rescale] guided [{}] must match cond [{}] and rescale {} lie in [0, 1]",
                                       fmt::join(guided_BCHW.sizes(), ","), fmt::join(cond_BCHW.sizes(), ","), rescale));
  }
  if (rescale == 0) {
    return guided_BCHW;
  }
  const auto deviation = [](const torch::Tensor& x) {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[0] = x.size(0);
    return x.flatten(1).std(1).view(shape);
  };
  const torch::Tensor rescaled = guided_BCHW * (deviation(cond_BCHW) / deviation(guided_BCHW));
  return rescale * rescaled + (1 - rescale) * guided_BCHW;
}

}  // namespace darkroom
