// SPDX-License-Identifier: Apache-2.0
#include <c10/core/CachingDeviceAllocator.h>

#include <fstream>
#include <map>
#include <string>

#include "core/train/device_memory.h"

namespace darkroom {
namespace {

// Linux says what could be had without swapping; "free" alone leaves out what the page cache would give back.
std::optional<DeviceMemory> host_memory() {
  std::ifstream file("/proc/meminfo");
  std::map<std::string, int64_t> kib;
  std::string name;
  std::string unit;
  for (int64_t value = 0; file >> name >> value; std::getline(file, unit)) {
    kib[name] = value;
  }
  if (!kib.contains("MemAvailable:") || !kib.contains("MemTotal:")) {
    return std::nullopt;
  }
  constexpr int64_t bytes = 1024;
  return DeviceMemory{.available_bytes = kib["MemAvailable:"] * bytes, .total_bytes = kib["MemTotal:"] * bytes};
}

}  // namespace

std::optional<DeviceMemory> device_memory(torch::Device device) {
  if (device.is_cpu()) {
    return host_memory();
  }
  try {
    const c10::DeviceIndex index = device.has_index() ? device.index() : c10::DeviceIndex{0};
    const auto [available, total] = c10::getDeviceAllocator(device.type())->getMemoryInfo(index);
    return DeviceMemory{.available_bytes = static_cast<int64_t>(available), .total_bytes = static_cast<int64_t>(total)};
  } catch (const c10::Error&) {
    return std::nullopt;  // this kind of device does not tell
  }
}

}  // namespace darkroom
