// SPDX-License-Identifier: Apache-2.0
// One field of one row group of a parquet file, read page by page. Plain columns of the usual types come straight from the pages; every
// other type goes through Arrow's cast, so that a value is what MetadataReader makes of it.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter/metadata_column.h"

namespace parquet {
class FileMetaData;
}

namespace darkroom {

/// Which fields of a file make one column, each list the best first.
struct MetadataFields {
  MetadataColumn column = MetadataColumn::url;
  std::vector<int> numbers;
  std::vector<int> texts;
};

/// How values lie in the pages, where they can be taken as they are.
enum class PlainType { other, i32, i64, f32, f64, text };

/// Rows of a group that are wanted, ascending, without repetition.
using WantedRows = std::span<const uint64_t>;

class ParquetFile {
 public:
  /// Opens the file and reads its footer.
  /// throws  Error{not_found | bad_input} naming the file
  explicit ParquetFile(std::filesystem::path path);
  ~ParquetFile();
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const arrow::Schema& schema() const { return *schema_; }
  std::vector<std::string> names() const;
  /// Rows of each group; their sum is the file's. throws Error{bad_input} for a negative one
  std::vector<uint64_t> group_rows() const;
  PlainType plain_type(int field) const { return plain_types_.at(static_cast<size_t>(field)); }
  /// Bytes of a field in a row group, compressed: how much work it is.
  uint64_t bytes_of(uint64_t group, int field) const;

 private:
  friend class NumberField;
  friend class TextField;
  struct Source;
  std::filesystem::path path_;
  std::shared_ptr<Source> source_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<PlainType> plain_types_;
  std::vector<std::vector<int>> leaves_;  ///< of each field
};

/// The fields of a schema that make the columns of known meaning; a column that has none is left out.
std::vector<MetadataFields> metadata_fields(const arrow::Schema& schema);

/// A field as numbers. NaN: empty.
class NumberField {
 public:
  NumberField(const ParquetFile& file, uint64_t group, int field);
  ~NumberField();
  /// The next rows, at most `most`; 0 at the end.
  /// throws Error{bad_input} naming the file, the field and the row group
  size_t read(size_t most, double* out);
  /// The same without a detour, for PlainType::f32 (empty: NaN) …
  size_t read(size_t most, float* out);
  /// … and PlainType::i32 (empty: empty_i32); `taken` becomes true when that is a value of the file.
  size_t read(size_t most, int32_t* out, bool& taken);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A field as texts. Views without data: empty. They are valid until the next read.
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
  void open(const ParquetFile& file, uint64_t group, int field, const WantedRows* wanted);
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
