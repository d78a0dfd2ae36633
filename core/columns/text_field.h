// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/columns/parquet_file.h"

namespace darkroom {

/// Rows of a group that are wanted, ascending, without repetition.
using WantedRows = std::span<const uint64_t>;

/// A field of one row group as texts. Views without data: empty. They are valid until the next read.
class TextField {
 public:
  TextField(const ParquetFile& file, uint64_t group, int field);
  /// Only pages that hold wanted rows are unpacked.
  TextField(const ParquetFile& file, uint64_t group, int field, WantedRows wanted);
  ~TextField();

  /// The next rows, at most `most`; 0 at the end. throws as NumberField, and for bytes in a text column that are no UTF-8
  size_t read(size_t most, std::string_view* out);
  /// The row, in the group, of the first text that the last read() gave.
  uint64_t first_row() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
