// SPDX-License-Identifier: Apache-2.0
// Of RAM the line MemAvailable of /proc/meminfo. Limits of a control group are not looked at.
#include "core/sample/free_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <fstream>
#include <limits>
#include <string>

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
  constexpr std::string_view key = "MemAvailable:";
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      return std::stoull(line.substr(key.size())) * 1024;
    }
  }
  return unknown;
}

}  // namespace darkroom
