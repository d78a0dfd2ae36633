// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace darkroom {

/// Euclidean norm of a flat buffer, summed in float64 in an order that depends on its length alone: blocks of 65,536 elements, each in
/// fixed lanes, then the blocks in turn. So the value does not depend on the number of threads.
///
/// flat     float32 [N], contiguous
/// returns  float64 [] on the device of `flat`, without waiting for it
/// throws   std::invalid_argument: not a contiguous 1-D float32 tensor
torch::Tensor grad_norm(const torch::Tensor& flat);

}  // namespace darkroom
