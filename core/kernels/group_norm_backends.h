// SPDX-License-Identifier: Apache-2.0
// The device-specific halves of group_norm.h; nobody else includes this. All tensors are checked and dense: x, y and gradients
// channels_last, everything else contiguous.
#pragma once

#include <torch/types.h>

namespace darkroom::kernels {

struct GroupNormForward {
  torch::Tensor y_BCHW;
  torch::Tensor statistics;  ///< float32 [B,G,2]: mean, 1/sqrt(variance + eps)
};

struct GroupNormGradients {
  torch::Tensor x_BCHW;
  torch::Tensor weight;
  torch::Tensor bias;
};

/// What backward is given.
struct GroupNormSaved {
  torch::Tensor x_BCHW;
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor statistics;
  int64_t groups = 1;
  bool silu = false;
};

GroupNormForward group_norm_forward_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                        double eps, bool silu);
GroupNormGradients group_norm_backward_cpu(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW);

/// The two passes of the forward one, each alone. Mean and variance of each group: float64 [B,G,2].
torch::Tensor group_norm_moments_cpu(const torch::Tensor& x_BCHW, int64_t groups);
/// statistics  as GroupNormForward::statistics
torch::Tensor group_norm_apply_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& statistics, const torch::Tensor& weight,
                                   const torch::Tensor& bias, int64_t groups, bool silu);

/// x becomes y; float32 or bfloat16.
void group_norm_in_place_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                             double eps, bool silu);

/// In a build without CUDA both throw Error{failed}.
GroupNormForward group_norm_forward_cuda(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                                         int64_t groups, double eps, bool silu);
GroupNormGradients group_norm_backward_cuda(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW);

}  // namespace darkroom::kernels
