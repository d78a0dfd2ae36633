// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

namespace darkroom {

/// The most memory that this process has held so far: of an accelerator what its allocator took from the device, else the resident set.
/// GiB.
double peak_memory_gib(torch::Device device);

}  // namespace darkroom
