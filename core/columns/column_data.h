// SPDX-License-Identifier: Apache-2.0
// Where the arrays of a column store lie in memory: for the crossfilter and the store itself.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "core/filter/metadata_column.h"

namespace darkroom {

/// The type that the numbers of a column lie in: the narrowest that holds all of them exactly, else f32 with the exact doubles beside it.
enum class NumberKind : uint8_t { none, u16, i32, f32 };

inline constexpr uint16_t empty_u16 = std::numeric_limits<uint16_t>::max();
inline constexpr int32_t empty_i32 = std::numeric_limits<int32_t>::min();

/// Bins of the codes that are kept in the cache.
inline constexpr unsigned stored_bins = 128;

/// Rows with what pads them to whole words.
constexpr uint64_t padded_rows(uint64_t rows) { return (rows + 63) / 64 * 64; }

/// Arrays of one column, [rows] each and padded to whole words of 64 rows; null where the column has no such thing.
struct ColumnArrays {
  NumberKind kind = NumberKind::none;
  const void* numbers = nullptr;     ///< of `kind`; what is empty is NaN, empty_u16 or empty_i32
  const double* exact = nullptr;     ///< the numbers where some do not fit into f32: `numbers` are these, rounded to nearest
  const uint8_t* bins = nullptr;     ///< codes (scan_kernels.h) in stored_bins over the column's own view
  const uint8_t* words = nullptr;    ///< 0: empty; else 1 + index in the dictionary
  const uint64_t* hashes = nullptr;  ///< XXH3-64 of the text, never 0; 0: empty

  /// Rows whose hash occurs more than once, ascending, and which of `repeat_groups` each belongs to.
  std::span<const uint32_t> repeat_rows;
  std::span<const uint32_t> repeat_of;
  uint32_t repeat_groups = 0;

  double number(uint64_t row) const;
};

struct ColumnData {
  uint64_t rows = 0;
  std::array<ColumnArrays, static_cast<size_t>(MetadataColumn::key) + 1> columns;

  const ColumnArrays& of(MetadataColumn column) const { return columns.at(static_cast<size_t>(column)); }
  ColumnArrays& of(MetadataColumn column) { return columns.at(static_cast<size_t>(column)); }
};

inline double ColumnArrays::number(uint64_t row) const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  switch (kind) {
    case NumberKind::u16: {
      const uint16_t value = static_cast<const uint16_t*>(numbers)[row];
      return value == empty_u16 ? nan : value;
    }
    case NumberKind::i32: {
      const int32_t value = static_cast<const int32_t*>(numbers)[row];
      return value == empty_i32 ? nan : value;
    }
    case NumberKind::f32:
      return exact != nullptr ? exact[row] : static_cast<double>(static_cast<const float*>(numbers)[row]);
    case NumberKind::none:
      break;
  }
  return nan;
}

}  // namespace darkroom
