// SPDX-License-Identifier: Apache-2.0
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

#include "core/train/peak_memory.h"

namespace darkroom {

double peak_memory_gib(torch::Device device) {
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  if (!device.is_cpu()) {
    const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
    return static_cast<double>(c10::getDeviceAllocator(device.type())->getDeviceStats(index).reserved_bytes[0].peak) / gib;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / gib;
}

}  // namespace darkroom
