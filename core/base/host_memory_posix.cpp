// SPDX-License-Identifier: Apache-2.0
// Lines of /proc/meminfo: "MemTotal:       24669064 kB".
#include "core/base/host_memory.h"

#include <fstream>
#include <string>

namespace darkroom {

std::optional<HostMemory> host_memory() {
  constexpr uint64_t kib = 1024;
  std::ifstream file("/proc/meminfo");
  std::optional<uint64_t> available;
  std::optional<uint64_t> total;
  std::string name;
  std::string unit;
  for (uint64_t value = 0; file >> name >> value; std::getline(file, unit)) {
    if (name == "MemAvailable:") {
      available = value * kib;
    } else if (name == "MemTotal:") {
      total = value * kib;
    }
  }
  return available && total ? std::optional(HostMemory{.available_bytes = *available, .total_bytes = *total}) : std::nullopt;
}

}  // namespace darkroom
