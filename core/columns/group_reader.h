// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>

#include "core/base/cancel_token.h"
#include "core/columns/text_field.h"

namespace darkroom {

/// Rows that are read at a time.
inline constexpr size_t batch_rows = 16'384;

/// throws Error{bad_input}: the pages of a field hold another number of rows than the row group says
[[noreturn]] void fail_group_rows(const ParquetFile& file, int field, uint64_t group, uint64_t rows, const char* more_or_fewer);

/// Calls read(most, out) until `rows` values of a field are there, and see(first, values) for each piece of at most `piece_rows`, `first`
/// counted from the group's beginning.
template <typename T, typename Read, typename See>
void each_piece(const ParquetFile& file, uint64_t group, int field, uint64_t rows, size_t piece_rows, const CancelToken& cancel,
                Read&& read, See&& see) {
  std::vector<T> values(std::min<uint64_t>(rows + 1, piece_rows));
  uint64_t done = 0;
  while (const size_t got = read(values.size(), values.data())) {
    cancel.check();
    if (got > rows - done) {
      fail_group_rows(file, field, group, rows, "more");
    }
    see(done, std::span<const T>(values).first(got));
    done += got;
  }
  if (done < rows) {
    fail_group_rows(file, field, group, rows, "fewer");
  }
}

using SeeTexts = std::function<void(uint64_t first, std::span<const std::string_view> texts)>;

/// All texts of a row group, in pieces of about `piece_rows`; of several fields the first that has one. Views are valid in the call.
void each_text(const ParquetFile& file, uint64_t group, uint64_t rows, const std::vector<int>& fields, size_t piece_rows,
               const CancelToken& cancel, const SeeTexts& see);

}  // namespace darkroom
