// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// The most memory that this process has held so far: of an accelerator what its allocator took from the device, else the resident set.
/// GiB.
double peak_memory_gib(torch::Device device);

/// GiB that this process holds now.
struct MemoryUse {
  double live = 0;      ///< in tensors; of a CPU the resident set
  double reserved = 0;  ///< taken from the device by the allocator; of a CPU 0
  double peak = 0;      ///< as peak_memory_gib
};
MemoryUse memory_use(torch::Device device);

}  // namespace darkroom
