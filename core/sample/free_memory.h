// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// Bytes that can be had now: of RAM what the system can give without swapping, caches of files counted in; of an accelerator what is free
/// on it. Nothing is known of other devices: then the largest number.
uint64_t free_memory_bytes(torch::Device device);

}  // namespace darkroom
