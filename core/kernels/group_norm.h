// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns, R rows of a strip, G groups.
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

/// The same where x is needed no more, for inference: on a CPU, in float32 and bfloat16, the result takes the place of x when nobody else
/// holds it. The numbers are the same.
torch::Tensor group_norm_channels_last_of(torch::Tensor x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                          double eps, bool silu);

/// Group normalisation of one picture that is never in memory as a whole: first all its strips of rows are added, then it is applied to
/// strips. On a CPU a channels_last strip takes the kernels of group_norm_channels_last, anything else ATen's operators. No gradient.
class StripGroupNorm {
 public:
  /// throws  std::invalid_argument: groups < 1
  explicit StripGroupNorm(int64_t groups);

  /// x_1CRW  float [1,C,R,W], R >= 1, groups divide C
  void add(const torch::Tensor& x_1CRW);

  /// As group_norm_channels_last; the statistics are those of all strips added, combined in float64.
  /// throws  std::invalid_argument when nothing was added
  torch::Tensor apply(const torch::Tensor& x_1CRW, const torch::Tensor& weight, const torch::Tensor& bias, double eps, bool silu) const;

 private:
  int64_t groups_;
  int64_t count_ = 0;     // values a group so far
  torch::Tensor mean_G_;  // float64, on the strips' device
  torch::Tensor variance_G_;
};

}  // namespace darkroom
