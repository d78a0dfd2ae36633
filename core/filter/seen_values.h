// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace darkroom {

/// Which values have been seen: a set of 64-bit hashes in one flat table (open addressing, at most two thirds full), for hundreds of
/// millions of rows.
class SeenValues {
 public:
  SeenValues() : slots_(initial_slots) {}

  /// Whether `value` comes for the first time.
  bool add(std::string_view value);
  uint64_t size() const { return size_; }

 private:
  static constexpr size_t initial_slots = 1024;  // a power of two
  bool insert(std::vector<uint64_t>& slots, uint64_t hash);
  void grow();

  std::vector<uint64_t> slots_;  ///< 0: empty
  uint64_t size_ = 0;
};

}  // namespace darkroom
