// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace darkroom {

struct HostMemory {
  uint64_t available_bytes = 0;  ///< what could be had without swapping, what the page cache would give back among it
  uint64_t total_bytes = 0;
};

/// The machine's RAM; nothing where the system does not tell. Limits of a control group are not looked at.
std::optional<HostMemory> host_memory();

}  // namespace darkroom
