// SPDX-License-Identifier: Apache-2.0
#include "core/columns/bit_loops.h"

#include <bit>

namespace darkroom::columns {

DARKROOM_CLONES void and_into(uint64_t* to, const uint64_t* from, size_t words) {
  for (size_t word = 0; word < words; ++word) {
    to[word] &= from[word];
  }
}

DARKROOM_CLONES uint64_t count_ones(const uint64_t* bits, size_t words) {
  uint64_t total = 0;
  for (size_t word = 0; word < words; ++word) {
    total += static_cast<uint64_t>(std::popcount(bits[word]));
  }
  return total;
}

DARKROOM_CLONES uint64_t count_changes(const uint64_t* before, const uint64_t* after, size_t words) {
  uint64_t total = 0;
  for (size_t word = 0; word < words; ++word) {
    total += static_cast<uint64_t>(std::popcount(before[word] ^ after[word]));
  }
  return total;
}

DARKROOM_CLONES void split_changes(const uint64_t* before, const uint64_t* after, size_t words, uint64_t* added, uint64_t* removed) {
  for (size_t word = 0; word < words; ++word) {
    added[word] = after[word] & ~before[word];
    removed[word] = before[word] & ~after[word];
  }
}

}  // namespace darkroom::columns
