// SPDX-License-Identifier: Apache-2.0
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "core/train/peak_memory.h"

namespace darkroom {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

c10::CachingDeviceAllocator::DeviceStats allocator_stats(torch::Device device) {
  const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
  return c10::getDeviceAllocator(device.type())->getDeviceStats(index);
}

double peak_resident_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / gib;
}

}  // namespace

double peak_memory_gib(torch::Device device) {
  return device.is_cpu() ? peak_resident_gib() : static_cast<double>(allocator_stats(device).reserved_bytes[0].peak) / gib;
}

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");  // pages: of the address space, resident, …
  int64_t pages = 0;
  int64_t resident = 0;
  file >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

MemoryUse memory_use(torch::Device device) {
  if (device.is_cpu()) {
    return {.live = static_cast<double>(resident_bytes()) / gib, .reserved = 0, .peak = peak_resident_gib()};
  }
  const auto stats = allocator_stats(device);
  return {.live = static_cast<double>(stats.allocated_bytes[0].current) / gib,
          .reserved = static_cast<double>(stats.reserved_bytes[0].current) / gib,
          .peak = static_cast<double>(stats.reserved_bytes[0].peak) / gib};
}

}  // namespace darkroom
