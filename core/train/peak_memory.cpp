// SPDX-License-Identifier: Apache-2.0
#include "core/train/peak_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include "core/base/process_memory.h"

namespace darkroom {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

c10::CachingDeviceAllocator::DeviceStats allocator_stats(torch::Device device) {
  const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
  return c10::getDeviceAllocator(device.type())->getDeviceStats(index);
}

double in_gib(uint64_t bytes) { return static_cast<double>(bytes) / gib; }

}  // namespace

double peak_memory_gib(torch::Device device) { return memory_use(device).peak; }

MemoryUse memory_use(torch::Device device) {
  if (device.is_cpu()) {
    const ProcessMemory memory = process_memory();
    return {.live = in_gib(memory.resident_bytes), .reserved = 0, .peak = in_gib(memory.peak_bytes)};
  }
  const auto stats = allocator_stats(device);
  return {.live = static_cast<double>(stats.allocated_bytes[0].current) / gib,
          .reserved = static_cast<double>(stats.reserved_bytes[0].current) / gib,
          .peak = static_cast<double>(stats.reserved_bytes[0].peak) / gib};
}

}  // namespace darkroom
