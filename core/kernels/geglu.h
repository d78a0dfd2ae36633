// SPDX-License-Identifier: Apache-2.0
// Shapes: W width of the result.
#pragma once

#include <torch/types.h>

namespace darkroom {

/// Whether geglu computes this input: on a CPU, contiguous float32 or bfloat16, no gradient wanted.
bool geglu_takes(const torch::Tensor& x);

/// a GELU(b) of the halves a, b of the last dimension (Shazeer 2020, arXiv:2002.05202), in one pass, for inference. GELU is that with erf,
/// and erf is within 1e-6; float32 inside whatever the dtype.
///
/// x        [...,2W] as geglu_takes
/// returns  [...,W] contiguous, the dtype of x
/// throws   std::invalid_argument for an input that geglu_takes refuses
torch::Tensor geglu(const torch::Tensor& x);

}  // namespace darkroom
