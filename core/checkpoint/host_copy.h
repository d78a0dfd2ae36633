// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"

namespace darkroom {

/// A copy of all tensors in host memory, so that the originals may change while it is written. Tensors that are views of one memory (the
/// flat buffers of a ParameterArena) are copied together, in one go, and keep their strides; from a CUDA device through pinned memory.
/// Returns when the copy is complete. `layout` is not copied.
CheckpointContent host_copy(const CheckpointContent& content);

}  // namespace darkroom
