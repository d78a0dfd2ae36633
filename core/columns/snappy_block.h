// SPDX-License-Identifier: Apache-2.0
// Snappy blocks, as parquet pages are. Arrow's own copy of the library takes 1.8 times as long on URLs and captions (AMD Zen 5), which was
// the half of an import.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace darkroom {

/// Length of what a block holds; nothing for what is no block, or says more than its bytes can hold.
std::optional<size_t> snappy_length(std::span<const uint8_t> block);

/// Unpacks a block. False when it is damaged: `out` is then worthless, and nothing was read or written outside of the two.
///
/// out     of snappy_length(block) bytes
/// source  github.com/google/snappy, format_description.txt
bool unpack_snappy(std::span<const uint8_t> block, std::span<uint8_t> out);

}  // namespace darkroom
