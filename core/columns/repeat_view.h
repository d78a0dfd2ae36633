// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/columns/column_data.h"
#include "core/columns/row_set.h"

namespace darkroom {

/// The rows whose value occurs more than once, ascending, with the number of each value.
struct RepeatView {
  std::span<const uint32_t> rows;
  std::span<const uint32_t> of;
  uint32_t groups = 0;
  std::shared_ptr<const std::vector<uint32_t>> own_rows;  ///< where the spans look into these
  std::shared_ptr<const std::vector<uint32_t>> own_of;
};

/// Of a column with hashes: what the cache holds. Of words and numbers, of which hardly any is alone, it is made here: about a second for
/// 10 M rows.
RepeatView repeats_of(const ColumnArrays& arrays, uint64_t rows);

/// Rows that have a value.
RowBits rows_with_value(const ColumnArrays& arrays, uint64_t rows);

/// Keeps of each value the first row whose `came_so_far` is set. A row that did not come so far keeps its bit when no row that did has its
/// value: it would have taken the place.
void clear_repeats(const RepeatView& repeats, const RowBits& came_so_far, std::vector<uint8_t>& taken, RowBits& bits);

}  // namespace darkroom
