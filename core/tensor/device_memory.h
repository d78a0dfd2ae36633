// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace darkroom {

struct DeviceMemory {
  int64_t available_bytes = 0;  ///< that a new process could use
  int64_t total_bytes = 0;
};

/// Of an accelerator, or of the machine for a CPU; absent where the system does not say.
std::optional<DeviceMemory> device_memory(torch::Device device);

/// Gives back what was freed: main memory to the system (core/base/heap.h), and what an accelerator's allocator keeps to other programs.
void return_freed_memory(torch::Device device);

}  // namespace darkroom
