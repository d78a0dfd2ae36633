// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace darkroom {

/// Main memory of this process.
struct ProcessMemory {
  uint64_t resident_bytes = 0;  ///< now
  uint64_t peak_bytes = 0;      ///< the most that was resident so far
};

ProcessMemory process_memory();

}  // namespace darkroom
