// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace darkroom {

/// What a text is known by in `<column>.hashes`: its XXH3-64, never 0, which stands for no text.
inline uint64_t text_hash(std::string_view text) { return std::max<uint64_t>(1, XXH3_64bits(text.data(), text.size())); }

}  // namespace darkroom
