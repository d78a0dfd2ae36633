// SPDX-License-Identifier: Apache-2.0
#include "core/sample/free_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <limits>

#include "core/base/host_memory.h"

namespace darkroom {

uint64_t free_memory_bytes(torch::Device device) {
  constexpr uint64_t unknown = std::numeric_limits<uint64_t>::max();
  if (device.is_cuda()) {
    const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
    return c10::getDeviceAllocator(device.type())->getMemoryInfo(index).first;
  }
  if (!device.is_cpu()) {
    return unknown;
  }
  const std::optional<HostMemory> memory = host_memory();
  return memory ? memory->available_bytes : unknown;
}

}  // namespace darkroom
