// SPDX-License-Identifier: Apache-2.0
// One field of one row group, for the readers of numbers and of texts.
#pragma once

#include <arrow/array.h>
#include <parquet/column_reader.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/columns/text_field.h"

namespace darkroom {

/// throws Error{bad_input} naming the file, the column and the row group
[[noreturn]] void fail_reading(const ParquetFile& file, uint64_t group, int field, const std::string& what);

/// What the page reader is told about wanted rows, and what it tells of the pages that it gives.
struct PageWatch {
  std::vector<uint64_t> wanted;
  uint64_t next_begin = 0;
  uint64_t begin = 0;  ///< of the page that was given last
  uint64_t pages = 0;
};

/// The pages of a field of a plain type.
struct ColumnChunk {
  std::shared_ptr<parquet::ColumnReader> reader;
  std::shared_ptr<PageWatch> watch;  ///< null: every page is given
  std::vector<int16_t> levels;       ///< of the rows that were read last

  /// Reads rows, at most `most`, never beyond a page; 0 at the end. The values, `count` of them, stand close together in `out`.
  /// throws  what parquet throws
  template <typename Type>
  int64_t read(size_t most, typename Type::c_type* out, int64_t& count) {
    levels.resize(std::max(levels.size(), most));
    count = 0;
    auto& typed = static_cast<parquet::TypedColumnReader<Type>&>(*reader);
    return typed.ReadBatch(static_cast<int64_t>(most), levels.data(), nullptr, out, &count);
  }
  /// rows, count  as read() gave them
  bool has_value(int64_t row, int64_t rows, int64_t count) const { return count == rows || levels[static_cast<size_t>(row)] > 0; }
};

/// wanted  null: all rows
/// throws  as fail_reading
ColumnChunk open_chunk(const ParquetFile& file, uint64_t group, int field, const WantedRows* wanted);

/// A whole field of a row group, cast by Arrow to one type, and then gone through array by array.
class CastArrays {
 public:
  /// Rows of one array; none at the end.
  struct Part {
    const arrow::Array* array = nullptr;
    int64_t first = 0;
    int64_t rows = 0;
  };

  CastArrays() = default;
  /// throws  as fail_reading; Error{out_of_memory}; Error{bad_input} for what cannot be read as `type`
  CastArrays(const ParquetFile& file, uint64_t group, int field, const std::shared_ptr<arrow::DataType>& type);

  /// The next rows, at most `most`.
  Part next(size_t most);

 private:
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
  size_t array_ = 0;
  int64_t in_array_ = 0;
};

}  // namespace darkroom
