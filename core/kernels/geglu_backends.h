// SPDX-License-Identifier: Apache-2.0
// The loops behind geglu.h; nobody else includes this. Tensors are checked: not empty, contiguous, of one dtype.
#pragma once

#include <torch/types.h>

namespace darkroom::kernels {

/// x [rows,2W] and y [rows,W], both float32 or both bfloat16.
void geglu_rows(const torch::Tensor& x, torch::Tensor& y, int64_t rows, int64_t width);

/// x [...,2W], y [...,W]: float32, bfloat16 or float16, W a multiple of 8, 16-byte aligned. In a build without CUDA both throw
/// Error{failed}.
void geglu_forward_cuda(const torch::Tensor& x, torch::Tensor& y);
/// dy [...,W] -> dx [...,2W].
void geglu_backward_cuda(const torch::Tensor& x, const torch::Tensor& dy, torch::Tensor& dx);

}  // namespace darkroom::kernels
