// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns, G groups.
#pragma once

#include <torch/types.h>

namespace darkroom {

/// Whether group_norm_channels_last takes this input: 4-D float32, bfloat16 or float16, dense in channels_last, C a multiple of 8.
bool group_norm_channels_last_takes(const torch::Tensor& x_BCHW);

/// Group normalisation (Wu & He 2018, arXiv:1803.08494), with SiLU behind it when asked for, of a channels_last tensor, in two passes over
/// it forward and two backward. ATen 2.11 would copy the tensor to contiguous memory first, and keep a second activation for SiLU.
/// Statistics and sums are float32 or wider whatever the dtype, and are added in an order that depends on the shape alone. Differentiable
/// once, in x, weight and bias; backward keeps x and the statistics only.
///
/// x_BCHW   as group_norm_channels_last_takes
/// weight   [C], the dtype and device of x
/// bias     [C], likewise
/// groups   divides C
/// returns  as x, channels_last
/// throws   std::invalid_argument: another layout, dtype or shape
torch::Tensor group_norm_channels_last(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                       double eps, bool silu);

}  // namespace darkroom
