// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace darkroom {

/// How values lie in the pages, where they can be taken as they are.
enum class PlainType { other, i32, i64, f32, f64, text };

/// A file whose footer was read. Its row groups are read field by field: NumberField, TextField.
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

  struct Source;  // parquet_source_arrow.h: what Arrow's readers are made of
  const Source& source() const { return *source_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Source> source_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<PlainType> plain_types_;
};

}  // namespace darkroom
