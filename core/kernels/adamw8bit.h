// SPDX-License-Identifier: Apache-2.0
// AdamW whose moments take two bytes a weight instead of eight. Shapes: N elements of a flat buffer, K blocks.
#pragma once

#include <array>

#include "core/kernels/adamw_ema.h"

namespace darkroom {

/// The values that one byte stands for, rising: a tree of seven decades, each with twice as many values as the one below, and 0 and 1.
/// Small numbers keep their order of magnitude, large ones get the finer steps.
///
/// Signed: -0.993 … 1, for the first moment. Unsigned: 0 … 1, for the second.
/// source  Dettmers et al. 2021, arXiv:2110.02861, section 2.2 (dynamic tree quantisation)
std::array<float, 256> dynamic_code(bool is_signed);

/// Elements of a block, which share one scale: the largest magnitude in it.
inline constexpr int64_t quantization_block = 256;

/// Both moments as bytes. Block k covers elements begin[k] … begin[k] + count[k] - 1; blocks do not overlap.
struct QuantizedMoments {
  torch::Tensor exp_avg;           ///< uint8 [N]
  torch::Tensor exp_avg_scale;     ///< float32 [K]
  torch::Tensor exp_avg_sq;        ///< uint8 [N]
  torch::Tensor exp_avg_sq_scale;  ///< float32 [K]
  torch::Tensor begin;             ///< int64 [K]
  torch::Tensor count;             ///< int64 [K], 1 to quantization_block
  torch::Tensor signed_code;       ///< float32 [256], dynamic_code(true)
  torch::Tensor unsigned_code;     ///< float32 [256], dynamic_code(false)
};

/// Moments of zero for blocks that start on `begin` and hold `count` elements each.
///
/// begin, count  int64 [K] on the CPU
/// throws  std::invalid_argument: lengths differ, a block outside [0, elements) or with more than quantization_block elements
QuantizedMoments zero_moments(int64_t elements, const torch::Tensor& begin, const torch::Tensor& count, torch::Device device);

/// clip + AdamW + EMAs + bf16 copy + clearing of the gradient, as adamw_ema_step, with the moments read from bytes, computed in float32 and
/// written back to the nearest bytes.
///
/// A second moment that is not zero never becomes the byte of zero: its weight would then be moved by its first moment over eps.
/// Elements in no block (the gaps between slots) are left alone, but for their gradient.
/// buffers  exp_avg and exp_avg_sq of it are not used and may be undefined
/// throws   std::invalid_argument as adamw_ema_step, or moments that do not fit the buffers
void adamw8bit_step(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                    const torch::Tensor& gradient_norm);

}  // namespace darkroom
