// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace darkroom {

/// A right to hold one large body in memory; given back when the last copy goes.
using LargeBodyPermit = std::shared_ptr<void>;

/// Bounds the memory of bodies that are on their way or wait for a decoder: small ones are bounded by their number, of large ones only so
/// many exist at a time. Thread-safe.
class BodyBudget {
 public:
  static constexpr uint64_t small_bytes = uint64_t{1} << 20;

  /// total_bytes  for all large bodies together; one of them is always possible
  BodyBudget(uint64_t total_bytes, uint64_t most_bytes_each);

  /// Null when all permits are out.
  LargeBodyPermit take();
  int64_t free() const { return *free_; }

 private:
  std::shared_ptr<std::atomic<int64_t>> free_;
};

}  // namespace darkroom
