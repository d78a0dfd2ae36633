// SPDX-License-Identifier: Apache-2.0
// Sources: Vaswani et al. 2017, arXiv:1706.03762, section 3.5; Ho et al. 2020, arXiv:2006.11239.
#include "core/nn/time_embedding.h"

namespace darkroom {

torch::Tensor sinusoidal_embedding(const torch::Tensor& t_B, const SinusoidShape& shape) {
  const int64_t half = shape.width / 2;
  const torch::Tensor i = at::arange(half, t_B.options().dtype(torch::kFloat32));
  const torch::Tensor frequencies = at::exp(i * -std::log(10000.0) / (static_cast<double>(half) - shape.freq_shift));
  const torch::Tensor angles = t_B.to(torch::kFloat32).unsqueeze(1) * frequencies;
  const torch::Tensor embedding =
      shape.cosines_first ? at::cat({at::cos(angles), at::sin(angles)}, 1) : at::cat({at::sin(angles), at::cos(angles)}, 1);
  return shape.width % 2 == 0 ? embedding : at::constant_pad_nd(embedding, {0, 1});
}

torch::Tensor time_embedding(const Weights& weights, const TimeMlp& mlp, const SinusoidShape& shape, const torch::Tensor& t_B) {
  const torch::Tensor sinusoid = sinusoidal_embedding(t_B, shape).to(weight_at(weights, mlp.linear_1.weight).scalar_type());
  return linear(weights, mlp.linear_2, at::silu(linear(weights, mlp.linear_1, sinusoid)));
}

}  // namespace darkroom
