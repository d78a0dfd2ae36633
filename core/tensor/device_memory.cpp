// SPDX-License-Identifier: Apache-2.0
#include <c10/core/CachingDeviceAllocator.h>

#include "core/base/heap.h"
#include "core/base/host_memory.h"
#include "core/tensor/device_memory.h"

namespace darkroom {
namespace {

std::optional<DeviceMemory> cpu_memory() {
  const std::optional<HostMemory> memory = host_memory();
  return memory ? std::optional(DeviceMemory{.available_bytes = static_cast<int64_t>(memory->available_bytes),
                                             .total_bytes = static_cast<int64_t>(memory->total_bytes)})
                : std::nullopt;
}

}  // namespace

std::optional<DeviceMemory> device_memory(torch::Device device) {
  if (device.is_cpu()) {
    return cpu_memory();
  }
  try {
    const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
    const auto [available, total] = c10::getDeviceAllocator(device.type())->getMemoryInfo(index);
    return DeviceMemory{.available_bytes = static_cast<int64_t>(available), .total_bytes = static_cast<int64_t>(total)};
  } catch (const c10::Error&) {
    return std::nullopt;  // this kind of device does not tell
  }
}

void return_freed_memory(torch::Device device) {
  return_freed_memory();
  if (!device.is_cpu()) {
    c10::getDeviceAllocator(device.type())->emptyCache();
  }
}

}  // namespace darkroom
