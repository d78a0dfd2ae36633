// SPDX-License-Identifier: Apache-2.0
#include "core/base/process_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace darkroom {

ProcessMemory process_memory() {
  constexpr uint64_t kib = 1024;
  std::ifstream file("/proc/self/statm");  // pages: of the address space, resident, …
  uint64_t pages = 0;
  uint64_t resident = 0;
  file >> pages >> resident;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {.resident_bytes = resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)),
          .peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * kib};
}

}  // namespace darkroom
