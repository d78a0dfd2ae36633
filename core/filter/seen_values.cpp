// SPDX-License-Identifier: Apache-2.0
#include "core/filter/seen_values.h"

#include <xxhash.h>

namespace darkroom {

bool SeenValues::insert(std::vector<uint64_t>& slots, uint64_t hash) {
  const size_t mask = slots.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots[at] == hash) {
      return false;
    }
    if (slots[at] == 0) {
      slots[at] = hash;
      return true;
    }
  }
}

void SeenValues::grow() {
  std::vector<uint64_t> wider(slots_.size() * 2);
  for (const uint64_t hash : slots_) {
    if (hash != 0) {
      insert(wider, hash);
    }
  }
  slots_ = std::move(wider);
}

bool SeenValues::add(std::string_view value) {
  uint64_t hash = XXH3_64bits(value.data(), value.size());
  if (hash == 0) {
    hash = 1;  // 0 marks an empty slot
  }
  if (!insert(slots_, hash)) {
    return false;
  }
  ++size_;
  if (size_ * 3 > slots_.size() * 2) {
    grow();
  }
  return true;
}

}  // namespace darkroom
