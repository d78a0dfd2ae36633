// SPDX-License-Identifier: Apache-2.0
// The loop behind geglu.h; nobody else includes this.
#pragma once

#include <torch/types.h>

namespace darkroom::kernels {

/// x [rows,2W] and y [rows,W], contiguous, both float32 or both bfloat16.
void geglu_rows(const torch::Tensor& x, torch::Tensor& y, int64_t rows, int64_t width);

}  // namespace darkroom::kernels
