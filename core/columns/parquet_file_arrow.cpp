// SPDX-License-Identifier: Apache-2.0
#include "core/columns/parquet_file.h"

#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <limits>

#include "core/base/format.h"
#include "core/columns/parquet_source_arrow.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_bad(const fs::path& file, const std::string& what) { fail(ErrorCode::bad_input, "{}: {}", file.string(), what); }

bool holds_text(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return arrow::is_string(static_cast<const arrow::DictionaryType&>(type).value_type()->id());
  }
  return arrow::is_base_binary_like(type.id());
}

PlainType plain_type_of(const parquet::ColumnDescriptor& leaf, const arrow::DataType& type) {
  if (leaf.max_repetition_level() != 0 || leaf.max_definition_level() > 1) {
    return PlainType::other;
  }
  const arrow::Type::type id = type.id();
  switch (leaf.physical_type()) {
    case parquet::Type::INT32:
      return id == arrow::Type::INT32 || id == arrow::Type::INT16 || id == arrow::Type::INT8 ? PlainType::i32 : PlainType::other;
    case parquet::Type::INT64:
      return id == arrow::Type::INT64 ? PlainType::i64 : PlainType::other;
    case parquet::Type::FLOAT:
      return id == arrow::Type::FLOAT ? PlainType::f32 : PlainType::other;
    case parquet::Type::DOUBLE:
      return id == arrow::Type::DOUBLE ? PlainType::f64 : PlainType::other;
    case parquet::Type::BYTE_ARRAY:
      return holds_text(type) ? PlainType::text : PlainType::other;
    default:
      return PlainType::other;
  }
}

// Which leaves (columns of the file) make each of its fields.
std::vector<std::vector<int>> leaves_by_field(const parquet::SchemaDescriptor& leaves, int fields) {
  std::vector<std::vector<int>> found(static_cast<size_t>(fields));
  for (int leaf = 0; leaf < leaves.num_columns(); ++leaf) {
    const parquet::schema::Node* const root = leaves.GetColumnRoot(leaf);
    for (int field = 0; field < fields; ++field) {
      if (leaves.group_node()->field(field).get() == root) {
        found[static_cast<size_t>(field)].push_back(leaf);
      }
    }
  }
  return found;
}

}  // namespace

ParquetFile::ParquetFile(fs::path path) : path_(std::move(path)), source_(std::make_unique<Source>()) {
  if (!fs::exists(path_)) {
    fail(ErrorCode::not_found, "{}: there is no such file", path_.string());
  }
  try {
    const auto opened = arrow::io::ReadableFile::Open(path_.string());
    if (!opened.ok()) {
      fail(ErrorCode::io, "{}: cannot be opened ({})", path_.string(), opened.status().message());
    }
    source_->file = *opened;
    source_->bytes = source_->file->GetSize().ValueOr(0);
    source_->metadata = parquet::ReadMetaData(source_->file);
    const parquet::SchemaDescriptor& leaves = *source_->metadata->schema();
    const arrow::Status status = parquet::arrow::FromParquetSchema(&leaves, parquet::default_arrow_reader_properties(),
                                                                   source_->metadata->key_value_metadata(), &schema_);
    if (!status.ok()) {
      fail_bad(path_, format("has columns that cannot be read ({})", status.message()));
    }
    source_->leaves = leaves_by_field(leaves, schema_->num_fields());
    for (int field = 0; field < schema_->num_fields(); ++field) {
      const std::vector<int>& own = source_->leaves_of(field);
      plain_types_.push_back(own.size() == 1 && leaves.GetColumnRoot(own[0])->is_primitive()
                                 ? plain_type_of(*leaves.Column(own[0]), *schema_->field(field)->type())
                                 : PlainType::other);
    }
  } catch (const parquet::ParquetException& error) {
    fail_bad(path_, format("is no parquet file that can be read ({})", error.what()));
  }
}

ParquetFile::~ParquetFile() = default;

std::vector<std::string> ParquetFile::names() const { return schema_->field_names(); }

std::vector<uint64_t> ParquetFile::group_rows() const {
  const parquet::FileMetaData& metadata = *source_->metadata;
  std::vector<uint64_t> rows;
  rows.reserve(static_cast<size_t>(metadata.num_row_groups()));
  int64_t total = 0;
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const int64_t in_group = metadata.RowGroup(group)->num_rows();
    if (in_group < 0 || in_group > std::numeric_limits<uint32_t>::max()) {
      fail_bad(path_, format("row group {} says that it has {} rows", group, in_group));
    }
    rows.push_back(static_cast<uint64_t>(in_group));
    total += in_group;
  }
  if (total != metadata.num_rows()) {
    fail_bad(path_, format("says that it has {} rows, its row groups have {}", metadata.num_rows(), total));
  }
  return rows;
}

uint64_t ParquetFile::bytes_of(uint64_t group, int field) const {
  uint64_t bytes = 0;
  for (const int leaf : source_->leaves_of(field)) {
    bytes += static_cast<uint64_t>(
        std::max<int64_t>(0, source_->metadata->RowGroup(static_cast<int>(group))->ColumnChunk(leaf)->total_compressed_size()));
  }
  return bytes;
}

}  // namespace darkroom
