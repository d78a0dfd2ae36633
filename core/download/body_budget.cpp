// SPDX-License-Identifier: Apache-2.0
#include "core/download/body_budget.h"

#include <algorithm>

namespace darkroom {

BodyBudget::BodyBudget(uint64_t total_bytes, uint64_t most_bytes_each)
    : free_(std::make_shared<std::atomic<int64_t>>(
          static_cast<int64_t>(std::max<uint64_t>(1, total_bytes / std::max<uint64_t>(1, most_bytes_each))))) {}

LargeBodyPermit BodyBudget::take() {
  int64_t seen = *free_;
  while (seen > 0) {
    if (free_->compare_exchange_weak(seen, seen - 1)) {
      return {free_.get(), [free = free_](void*) { ++*free; }};
    }
  }
  return nullptr;
}

}  // namespace darkroom
