// SPDX-License-Identifier: Apache-2.0
// Arrow's column readers give values page by page without making arrays of them: for texts, of which only a hash and a length are wanted,
// that is half of the time. A batch never crosses a page, so pointers into a page are good until the next batch.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/api.h>
#include <arrow/util/utf8.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/columns/column_data.h"
#include "core/columns/page_stream_arrow.h"
#include "core/columns/parquet_fields.h"

namespace darkroom {
namespace fs = std::filesystem;

struct ParquetFile::Source {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  int64_t bytes = 0;
};

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// Old writers give lengths that miss some bytes of a dictionary page's header.
constexpr int64_t length_slack = 100;

[[noreturn]] void fail_bad(const fs::path& file, const std::string& what) { fail(ErrorCode::bad_input, "{}: {}", file.string(), what); }

[[noreturn]] void fail_reading(const ParquetFile& file, uint64_t group, int field, const std::string& what) {
  fail_bad(file.path(), format("column {} cannot be read in row group {} ({})", file.schema().field(field)->name(), group, what));
}

bool holds_numbers(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id()) || type.id() == arrow::Type::BOOL;
}

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

// A whole field of a row group, cast by Arrow to one type.
std::vector<std::shared_ptr<arrow::Array>> cast_group(const std::shared_ptr<arrow::io::RandomAccessFile>& source,
                                                      const std::shared_ptr<parquet::FileMetaData>& metadata, const ParquetFile& file,
                                                      uint64_t group, int field, const std::vector<int>& leaves,
                                                      const std::shared_ptr<arrow::DataType>& type) {
  const auto check = [&](const arrow::Status& status) {
    if (status.IsOutOfMemory()) {
      fail(ErrorCode::out_of_memory, "{}: {}", file.path().string(), status.message());
    }
    if (!status.ok()) {
      fail_reading(file, group, field, status.message());
    }
  };
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  try {
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(source, parquet::default_reader_properties(), metadata));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    check(builder.Build(&reader));
    const arrow::Result<std::shared_ptr<arrow::Table>> table = reader->ReadRowGroup(static_cast<int>(group), leaves);
    check(table.status());
    check((*table)->ValidateFull());
    for (const std::shared_ptr<arrow::Array>& chunk : (*table)->column(0)->chunks()) {
      if (chunk->type()->Equals(type)) {
        arrays.push_back(chunk);
        continue;
      }
      const arrow::Result<arrow::Datum> made = arrow::compute::Cast(chunk, type, arrow::compute::CastOptions::Unsafe(type));
      if (!made.ok()) {
        fail_bad(file.path(), format("column {} is {} and cannot be read as {}", file.schema().field(field)->name(),
                                     chunk->type()->ToString(), type->ToString()));
      }
      arrays.push_back(made->make_array());
    }
  } catch (const parquet::ParquetException& error) {
    fail_reading(file, group, field, error.what());
  }
  return arrays;
}

// What the page reader is told about wanted rows, and what it tells of the pages that it gives.
struct PageWatch {
  std::vector<uint64_t> wanted;
  uint64_t next_begin = 0;
  uint64_t begin = 0;  // of the page that was given last
  uint64_t pages = 0;
};

struct OpenColumn {
  std::shared_ptr<parquet::ColumnReader> reader;
  std::shared_ptr<PageWatch> watch;
};

OpenColumn open_column(const std::shared_ptr<arrow::io::RandomAccessFile>& source, int64_t file_bytes,
                       const parquet::FileMetaData& metadata, uint64_t group, int leaf, const WantedRows* wanted) {
  const std::unique_ptr<parquet::ColumnChunkMetaData> chunk = metadata.RowGroup(static_cast<int>(group))->ColumnChunk(leaf);
  if (chunk->crypto_metadata() != nullptr) {
    throw parquet::ParquetException("it is encrypted");
  }
  int64_t begin = chunk->data_page_offset();
  if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0 && chunk->dictionary_page_offset() < begin) {
    begin = chunk->dictionary_page_offset();
  }
  const int64_t length = chunk->total_compressed_size();
  if (begin < 0 || length < 0 || begin > file_bytes || length > file_bytes - begin) {
    throw parquet::ParquetException("its bytes lie outside of the file");
  }
  const auto stream = std::make_shared<PageStream>(source, begin, std::min(begin + length + length_slack, file_bytes));
  std::unique_ptr<parquet::PageReader> pages = parquet::PageReader::Open(
      stream, chunk->num_values(), chunk->compression(), parquet::default_reader_properties(), *metadata.schema()->Column(leaf));
  OpenColumn open;
  if (wanted != nullptr) {
    open.watch = std::make_shared<PageWatch>();
    open.watch->wanted.assign(wanted->begin(), wanted->end());
    pages->set_data_page_filter([watch = open.watch, stream](const parquet::DataPageStats& page) {
      const uint64_t first = watch->next_begin;
      watch->next_begin += static_cast<uint64_t>(std::max(page.num_values, 0));
      const auto found = std::lower_bound(watch->wanted.begin(), watch->wanted.end(), first);
      if (found == watch->wanted.end() || *found >= watch->next_begin) {
        stream->skip_next();
        return true;
      }
      watch->begin = first;
      ++watch->pages;
      return false;
    });
  }
  open.reader = parquet::ColumnReader::Make(metadata.schema()->Column(leaf), std::move(pages));
  return open;
}

// Moves values that stand close together to the rows that have one.
template <typename T>
void spread(T* values, int64_t count, const int16_t* levels, int64_t rows, T empty) {
  for (int64_t row = rows; row-- > 0;) {
    values[row] = levels[row] > 0 ? values[--count] : empty;
  }
}

}  // namespace

ParquetFile::ParquetFile(fs::path path) : path_(std::move(path)), source_(std::make_shared<Source>()) {
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
    metadata_ = parquet::ReadMetaData(source_->file);
    const arrow::Status status = parquet::arrow::FromParquetSchema(metadata_->schema(), parquet::default_arrow_reader_properties(),
                                                                   metadata_->key_value_metadata(), &schema_);
    if (!status.ok()) {
      fail_bad(path_, format("has columns that cannot be read ({})", status.message()));
    }
    const parquet::SchemaDescriptor& leaves = *metadata_->schema();
    leaves_.resize(static_cast<size_t>(schema_->num_fields()));
    for (int leaf = 0; leaf < leaves.num_columns(); ++leaf) {
      const parquet::schema::Node* const root = leaves.GetColumnRoot(leaf);
      for (int field = 0; field < schema_->num_fields(); ++field) {
        if (leaves.group_node()->field(field).get() == root) {
          leaves_[static_cast<size_t>(field)].push_back(leaf);
        }
      }
    }
    for (int field = 0; field < schema_->num_fields(); ++field) {
      const std::vector<int>& own = leaves_[static_cast<size_t>(field)];
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
  std::vector<uint64_t> rows;
  rows.reserve(static_cast<size_t>(metadata_->num_row_groups()));
  int64_t total = 0;
  for (int group = 0; group < metadata_->num_row_groups(); ++group) {
    const int64_t in_group = metadata_->RowGroup(group)->num_rows();
    if (in_group < 0 || in_group > std::numeric_limits<uint32_t>::max()) {
      fail_bad(path_, format("row group {} says that it has {} rows", group, in_group));
    }
    rows.push_back(static_cast<uint64_t>(in_group));
    total += in_group;
  }
  if (total != metadata_->num_rows()) {
    fail_bad(path_, format("says that it has {} rows, its row groups have {}", metadata_->num_rows(), total));
  }
  return rows;
}

uint64_t ParquetFile::bytes_of(uint64_t group, int field) const {
  uint64_t bytes = 0;
  for (const int leaf : leaves_.at(static_cast<size_t>(field))) {
    bytes += static_cast<uint64_t>(
        std::max<int64_t>(0, metadata_->RowGroup(static_cast<int>(group))->ColumnChunk(leaf)->total_compressed_size()));
  }
  return bytes;
}

std::vector<MetadataFields> metadata_fields(const arrow::Schema& schema) {
  std::vector<MetadataFields> found;
  const std::vector<std::string> names = schema.field_names();
  for (const MetadataColumnInfo& info : metadata_columns()) {
    MetadataFields fields{.column = info.column, .numbers = {}, .texts = {}};
    for (const size_t index : find_metadata_columns(info.column, names)) {
      const int field = static_cast<int>(index);
      (info.number && holds_numbers(*schema.field(field)->type()) ? fields.numbers : fields.texts).push_back(field);
    }
    if (!fields.numbers.empty() || !fields.texts.empty()) {
      found.push_back(std::move(fields));
    }
  }
  return found;
}

struct NumberField::Impl {
  const ParquetFile* file = nullptr;
  uint64_t group = 0;
  int field = 0;
  PlainType type = PlainType::other;
  OpenColumn open;
  std::vector<int16_t> levels;
  std::vector<int64_t> wide;
  std::vector<float> narrow;
  std::vector<int32_t> integers;
  std::vector<std::shared_ptr<arrow::Array>> arrays;  // of PlainType::other
  size_t array = 0;
  int64_t in_array = 0;

  template <typename Type>
  int64_t read_batch(size_t most, typename Type::c_type* out, typename Type::c_type empty) {
    levels.resize(most);
    int64_t values = 0;
    auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(*open.reader);
    try {
      const int64_t rows = reader.ReadBatch(static_cast<int64_t>(most), levels.data(), nullptr, out, &values);
      if (values < rows) {
        spread(out, values, levels.data(), rows, empty);
      }
      return rows;
    } catch (const std::exception& error) {
      fail_reading(*file, group, field, error.what());
    }
  }

  // Doubles from values of another type, where emptiness has to be told from the levels.
  template <typename Type, typename T>
  size_t read_converted(size_t most, std::vector<T>& scratch, double* out) {
    scratch.resize(most);
    levels.resize(most);
    int64_t values = 0;
    auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(*open.reader);
    try {
      const int64_t rows = reader.ReadBatch(static_cast<int64_t>(most), levels.data(), nullptr, scratch.data(), &values);
      int64_t at = 0;
      for (int64_t row = 0; row < rows; ++row) {
        out[row] = values == rows || levels[static_cast<size_t>(row)] > 0 ? static_cast<double>(scratch[static_cast<size_t>(at++)]) : nan;
      }
      return static_cast<size_t>(rows);
    } catch (const std::exception& error) {
      fail_reading(*file, group, field, error.what());
    }
  }
};

NumberField::NumberField(const ParquetFile& file, uint64_t group, int field) : impl_(std::make_unique<Impl>()) {
  impl_->file = &file;
  impl_->group = group;
  impl_->field = field;
  impl_->type = file.plain_type(field);
  if (impl_->type == PlainType::other || impl_->type == PlainType::text) {
    impl_->type = PlainType::other;
    impl_->arrays =
        cast_group(file.source_->file, file.metadata_, file, group, field, file.leaves_[static_cast<size_t>(field)], arrow::float64());
    return;
  }
  try {
    impl_->open =
        open_column(file.source_->file, file.source_->bytes, *file.metadata_, group, file.leaves_[static_cast<size_t>(field)][0], nullptr);
  } catch (const std::exception& error) {
    fail_reading(file, group, field, error.what());
  }
}

NumberField::~NumberField() = default;

size_t NumberField::read(size_t most, double* out) {
  Impl& self = *impl_;
  switch (self.type) {
    case PlainType::f64:
      return static_cast<size_t>(self.read_batch<parquet::DoubleType>(most, out, nan));
    case PlainType::f32:
      return self.read_converted<parquet::FloatType>(most, self.narrow, out);
    case PlainType::i32:
      return self.read_converted<parquet::Int32Type>(most, self.integers, out);
    case PlainType::i64:
      return self.read_converted<parquet::Int64Type>(most, self.wide, out);
    default:
      break;
  }
  while (self.array < self.arrays.size() && self.in_array >= self.arrays[self.array]->length()) {
    ++self.array;
    self.in_array = 0;
  }
  if (self.array >= self.arrays.size()) {
    return 0;
  }
  const auto& values = static_cast<const arrow::DoubleArray&>(*self.arrays[self.array]);
  const int64_t rows = std::min(static_cast<int64_t>(most), values.length() - self.in_array);
  for (int64_t row = 0; row < rows; ++row) {
    out[row] = values.IsNull(self.in_array + row) ? nan : values.Value(self.in_array + row);
  }
  self.in_array += rows;
  return static_cast<size_t>(rows);
}

size_t NumberField::read(size_t most, float* out) {
  return static_cast<size_t>(impl_->read_batch<parquet::FloatType>(most, out, std::numeric_limits<float>::quiet_NaN()));
}

size_t NumberField::read(size_t most, int32_t* out, bool& taken) {
  Impl& self = *impl_;
  self.levels.resize(most);
  int64_t values = 0;
  auto& reader = static_cast<parquet::TypedColumnReader<parquet::Int32Type>&>(*self.open.reader);
  try {
    const int64_t rows = reader.ReadBatch(static_cast<int64_t>(most), self.levels.data(), nullptr, out, &values);
    taken = taken || std::find(out, out + values, empty_i32) != out + values;
    if (values < rows) {
      spread(out, values, self.levels.data(), rows, empty_i32);
    }
    return static_cast<size_t>(rows);
  } catch (const std::exception& error) {
    fail_reading(*self.file, self.group, self.field, error.what());
  }
}

struct TextField::Impl {
  const ParquetFile* file = nullptr;
  uint64_t group = 0;
  int field = 0;
  PlainType type = PlainType::other;
  bool must_be_utf8 = false;
  OpenColumn open;
  std::vector<int16_t> levels;
  std::vector<parquet::ByteArray> values;
  std::vector<int64_t> integers;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  size_t array = 0;
  int64_t in_array = 0;
  std::string spelled;
  uint64_t next_row = 0;
  uint64_t first_row = 0;

  void begin(const ParquetFile& from, uint64_t row_group, int index) {
    file = &from;
    group = row_group;
    field = index;
    type = from.plain_type(index);
    const arrow::DataType& arrow_type = *from.schema().field(index)->type();
    must_be_utf8 = arrow::is_string(arrow_type.id()) || arrow_type.id() == arrow::Type::DICTIONARY;
  }

  // Rows of a batch of the page reader, put where pages were skipped.
  template <typename Type>
  int64_t read_batch(size_t most, std::vector<typename Type::c_type>& out, int64_t& count) {
    out.resize(std::max(out.size(), most));
    levels.resize(std::max(levels.size(), most));
    const uint64_t pages = open.watch ? open.watch->pages : 0;
    auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(*open.reader);
    const int64_t rows = reader.ReadBatch(static_cast<int64_t>(most), levels.data(), nullptr, out.data(), &count);
    if (open.watch && open.watch->pages != pages) {
      next_row = open.watch->begin;
    }
    first_row = next_row;
    next_row += static_cast<uint64_t>(rows);
    return rows;
  }

  bool has_value(int64_t row, int64_t rows, int64_t count) const { return count == rows || levels[static_cast<size_t>(row)] > 0; }

  size_t read_texts(size_t most, std::string_view* out) {
    int64_t count = 0;
    const int64_t rows = read_batch<parquet::ByteArrayType>(most, values, count);
    size_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (!has_value(row, rows, count)) {
        out[row] = {};
        continue;
      }
      const parquet::ByteArray& value = values[at++];
      const std::string_view text(value.len > 0 ? reinterpret_cast<const char*>(value.ptr) : "", value.len);
      if (must_be_utf8 && !is_ascii(text) && !arrow::util::ValidateUTF8(text)) {
        fail_reading(*file, group, field, format("row {} of it is no UTF-8", first_row + static_cast<uint64_t>(row)));
      }
      out[row] = text;
    }
    return static_cast<size_t>(rows);
  }

  size_t read_integers(size_t most, std::string_view* out) {
    constexpr size_t longest = 20;  // -9223372036854775808
    int64_t count = 0;
    const int64_t rows = read_batch<parquet::Int64Type>(most, integers, count);
    spelled.resize(static_cast<size_t>(rows) * longest);
    size_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (!has_value(row, rows, count)) {
        out[row] = {};
        continue;
      }
      char* const begin = spelled.data() + static_cast<size_t>(row) * longest;
      const char* const end = std::to_chars(begin, begin + longest, integers[at++]).ptr;
      out[row] = {begin, static_cast<size_t>(end - begin)};
    }
    return static_cast<size_t>(rows);
  }

  size_t read_array(size_t most, std::string_view* out) {
    while (array < arrays.size() && in_array >= arrays[array]->length()) {
      ++array;
      in_array = 0;
    }
    first_row = next_row;
    if (array >= arrays.size()) {
      return 0;
    }
    const auto& texts = static_cast<const arrow::StringArray&>(*arrays[array]);
    const int64_t rows = std::min(static_cast<int64_t>(most), texts.length() - in_array);
    for (int64_t row = 0; row < rows; ++row) {
      if (texts.IsNull(in_array + row)) {
        out[row] = {};
      } else {
        const std::string_view view = texts.GetView(in_array + row);
        out[row] = view.data() == nullptr ? std::string_view("") : view;
      }
    }
    in_array += rows;
    next_row += static_cast<uint64_t>(rows);
    return static_cast<size_t>(rows);
  }
};

TextField::TextField(const ParquetFile& file, uint64_t group, int field) : impl_(std::make_unique<Impl>()) {
  open(file, group, field, nullptr);
}

TextField::TextField(const ParquetFile& file, uint64_t group, int field, WantedRows wanted) : impl_(std::make_unique<Impl>()) {
  open(file, group, field, &wanted);
}

void TextField::open(const ParquetFile& file, uint64_t group, int field, const WantedRows* wanted) {
  impl_->begin(file, group, field);
  const std::vector<int>& leaves = file.leaves_[static_cast<size_t>(field)];
  if (impl_->type != PlainType::text && impl_->type != PlainType::i64) {
    impl_->type = PlainType::other;
    impl_->arrays = cast_group(file.source_->file, file.metadata_, file, group, field, leaves, arrow::utf8());
    return;
  }
  try {
    impl_->open = open_column(file.source_->file, file.source_->bytes, *file.metadata_, group, leaves[0], wanted);
  } catch (const std::exception& error) {
    fail_reading(file, group, field, error.what());
  }
}

TextField::~TextField() = default;

size_t TextField::read(size_t most, std::string_view* out) {
  Impl& self = *impl_;
  if (self.type == PlainType::other) {
    return self.read_array(most, out);
  }
  try {
    return self.type == PlainType::text ? self.read_texts(most, out) : self.read_integers(most, out);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail_reading(*self.file, self.group, self.field, error.what());
  }
}

uint64_t TextField::first_row() const { return impl_->first_row; }

}  // namespace darkroom
