// SPDX-License-Identifier: Apache-2.0
// float32 linear layers and convolutions on the matrix unit of a processor (Intel AMX), for inference.
//
// The unit multiplies bfloat16 and sums in float32. Each value is therefore split into two bfloat16, 16 bits of its 24, and three of the
// four products are summed: 2.5 to 4 times the rate of PyTorch's own by AVX-512, at an error of a few 1e-6 of the result's norm, which is
// that of winograd.h. Weights take the memory that they took. (Of layers in bfloat16 oneDNN makes more than this could.) Shapes: B batch, I
// O channels in and out, H W rows and columns, K kernel.
#pragma once

#include <torch/types.h>

#include <optional>

namespace darkroom {

/// Whether this processor and build have the unit, and it takes O x I channels: multiples of 32.
bool amx_takes(int64_t out_channels, int64_t in_channels);

/// The weight of a linear layer [O,I] or a convolution [O,I,K,K], any float dtype, as the products need it: [O/32,I/32,K,K,2,512], whose
/// dtype says float32, since it takes as much, but whose bytes are bfloat16.
torch::Tensor amx_weight(const torch::Tensor& weight);
/// Back to float32 [O,I,K,K], within 2^-17 of each value.
torch::Tensor amx_taps(const torch::Tensor& weight);

inline bool is_amx(const torch::Tensor& weight) { return weight.dim() == 6; }
/// K of a weight that is_amx.
inline int64_t amx_kernel(const torch::Tensor& weight) { return weight.size(2); }

/// x Wᵀ + bias (+ residual). A row's result depends on nothing but the row. No gradient.
///
/// x         float32 [...,I]
/// weight    amx_weight with K = 1
/// bias      [O]
/// residual  float32 [...,O]
/// returns   float32 [...,O]
/// throws    std::invalid_argument naming the shapes given
torch::Tensor amx_linear(const torch::Tensor& x, const torch::Tensor& weight, const std::optional<torch::Tensor>& bias,
                         const std::optional<torch::Tensor>& residual = std::nullopt);

/// Convolution with stride 1 + bias (+ residual). x float32 [B,I,H,W] (channels_last is not copied), residual as the result; returns
/// float32 [B,O,H+2p-K+1,W+2p-K+1] in channels_last. throws as above
torch::Tensor amx_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding,
                              const std::optional<torch::Tensor>& residual_BCHW = std::nullopt);

/// The same, added to what `sum` holds; `sum` in channels_last, and not x.
void amx_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding,
                          const torch::Tensor& sum_BCHW);

}  // namespace darkroom
