// SPDX-License-Identifier: Apache-2.0
// a GELU(b) of the halves a, b of the last dimension (Shazeer 2020, arXiv:2002.05202); GELU is that with erf. Shapes: W width of the
// result.
#pragma once

#include <torch/types.h>

namespace darkroom {

/// With gradient, on any device. Keeps x alone for the backward pass, which computes GELU(b) again. On CUDA one kernel each way, float32
/// inside whatever the dtype; elsewhere ATen's operators, each rounding to the dtype.
///
/// x        floating, [...,2W]
/// returns  [...,W] contiguous, the dtype of x
/// throws   std::invalid_argument for an odd last dimension or none
torch::Tensor geglu(const torch::Tensor& x);

/// Whether fast_geglu computes this input: on a CPU, contiguous float32 or bfloat16, no gradient wanted.
bool fast_geglu_takes(const torch::Tensor& x);

/// In one pass, for inference: erf is within 1e-6; float32 inside whatever the dtype.
///
/// x        [...,2W] as fast_geglu_takes
/// returns  [...,W] contiguous, the dtype of x
/// throws   std::invalid_argument for an input that fast_geglu_takes refuses
torch::Tensor fast_geglu(const torch::Tensor& x);

}  // namespace darkroom
