// SPDX-License-Identifier: Apache-2.0
#include "core/columns/repeat_view.h"

#include <bit>
#include <cmath>
#include <unordered_map>

namespace darkroom {
namespace {

// What tells one value from another; 0: no value. RowFilter compares the spelling of numbers: that differs where the bits do.
uint64_t value_key(const ColumnArrays& arrays, uint64_t row) {
  if (arrays.hashes != nullptr) {
    return arrays.hashes[row];
  }
  if (arrays.words != nullptr) {
    return arrays.words[row];
  }
  const double value = arrays.number(row);
  return std::isnan(value) ? 0 : std::bit_cast<uint64_t>(value) + 1;
}

}  // namespace

RepeatView repeats_of(const ColumnArrays& arrays, uint64_t rows) {
  if (arrays.hashes != nullptr) {
    return {.rows = arrays.repeat_rows, .of = arrays.repeat_of, .groups = arrays.repeat_groups, .own_rows = nullptr, .own_of = nullptr};
  }
  struct Seen {
    uint32_t count = 0;
    uint32_t group = 0;
  };
  std::unordered_map<uint64_t, Seen> seen;
  for (uint64_t row = 0; row < rows; ++row) {
    if (const uint64_t key = value_key(arrays, row); key != 0) {
      ++seen[key].count;
    }
  }
  auto own_rows = std::make_shared<std::vector<uint32_t>>();
  auto own_of = std::make_shared<std::vector<uint32_t>>();
  uint32_t groups = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    const uint64_t key = value_key(arrays, row);
    if (key == 0) {
      continue;
    }
    Seen& value = seen[key];
    if (value.count < 2) {
      continue;
    }
    if (value.group == 0) {
      value.group = ++groups;
    }
    own_rows->push_back(static_cast<uint32_t>(row));
    own_of->push_back(value.group - 1);
  }
  return {.rows = *own_rows, .of = *own_of, .groups = groups, .own_rows = own_rows, .own_of = own_of};
}

RowBits rows_with_value(const ColumnArrays& arrays, uint64_t rows) {
  RowBits bits(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    if (value_key(arrays, row) != 0) {
      bits.set(row);
    }
  }
  return bits;
}

void clear_repeats(const RepeatView& repeats, const RowBits& came_so_far, std::vector<uint8_t>& taken, RowBits& bits) {
  taken.assign(repeats.groups, 0);
  for (size_t i = 0; i < repeats.rows.size(); ++i) {
    const uint32_t row = repeats.rows[i];
    if (!came_so_far.test(row)) {
      continue;
    }
    uint8_t& mine = taken[repeats.of[i]];
    if (mine != 0) {
      bits.clear(row);
    }
    mine = 1;
  }
  for (size_t i = 0; i < repeats.rows.size(); ++i) {
    const uint32_t row = repeats.rows[i];
    if (taken[repeats.of[i]] != 0 && !came_so_far.test(row)) {
      bits.clear(row);
    }
  }
}

}  // namespace darkroom
