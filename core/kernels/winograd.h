// SPDX-License-Identifier: Apache-2.0
// 3x3 convolutions with a quarter of the multiplications, for inference on a CPU with AVX-512.
// Shapes: B batch, C I O channels (of input and output), H W rows and columns.
#pragma once

#include <torch/types.h>

#include <optional>

namespace darkroom {

/// Whether this processor and build have the kernel, and it takes O x I channels: O a multiple of 32, I of 16.
bool winograd_takes(int64_t out_channels, int64_t in_channels);

/// The weight of a 3x3 convolution, float32 [O,I,3,3], as the products need it: four times as many numbers, float32 [6,6,O/32,I,32].
torch::Tensor winograd_weight(const torch::Tensor& weight_OI33);
/// Back to [O,I,3,3], within rounding.
torch::Tensor winograd_taps(const torch::Tensor& weight);

inline bool is_winograd(const torch::Tensor& weight) { return weight.dim() == 5; }

/// Convolution with stride 1 and padding 1, + bias (+ residual), by F(4x4, 3x3): 36 products for 16 pixels instead of 144. Rounding errors
/// are some ten times those of the plain sum, a few 1e-6 of the largest value. Independent of the number of threads. No gradient.
///
/// x_BCHW         float32, any memory format (channels_last is not copied)
/// weight         winograd_weight
/// bias           float32 [O]
/// residual_BCHW  as the result
/// returns        float32 [B,O,H,W] in channels_last
/// throws         std::invalid_argument naming the shapes given
/// source         Lavin and Gray 2016, arXiv:1509.09308
torch::Tensor winograd_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                                   const std::optional<torch::Tensor>& residual_BCHW = std::nullopt);

/// The same, added to what `sum` [B,O,H,W] holds; `sum` in channels_last, and not x. throws as above
void winograd_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& sum_BCHW);

}  // namespace darkroom
