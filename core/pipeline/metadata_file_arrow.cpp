// SPDX-License-Identifier: Apache-2.0
// Releases differ in names and types (i32 or f64 widths, words or scores for NSFW): whatever a column is, numbers become doubles and texts
// UTF-8, and several columns of one meaning are joined, the best first.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <limits>
#include <optional>

#include "core/base/format.h"
#include "core/columns/metadata_fields.h"
#include "core/dataset/durable_stream.h"
#include "core/pipeline/metadata_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_batch = 65'536;
constexpr int64_t rows_per_metadata_group = 100'000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void fail_bad(const fs::path& file, const std::string& what) { fail(ErrorCode::bad_input, "{}: {}", file.string(), what); }

void check_input(const arrow::Status& status, const fs::path& file) {
  if (!status.ok()) {
    if (status.IsOutOfMemory()) {
      fail(ErrorCode::out_of_memory, "{}: {}", file.string(), status.message());
    }
    fail_bad(file, status.message());
  }
}

template <typename T>
T take(arrow::Result<T> result, const fs::path& file) {
  check_input(result.status(), file);
  return std::move(result).ValueUnsafe();
}

}  // namespace

struct MetadataReader::Impl {
  Impl(fs::path path, std::span<const MetadataColumn> wanted, MetadataRead read, RowNames names) : file(std::move(path)) {
    if (!fs::exists(file)) {
      fail(ErrorCode::not_found, "{}: there is no such file", file.string());
    }
    try {
      const std::shared_ptr<arrow::io::RandomAccessFile> input = take(arrow::io::ReadableFile::Open(file.string()), file);
      reader = take(parquet::arrow::OpenFile(input, arrow::default_memory_pool()), file);
      check_input(reader->GetSchema(&schema), file);
    } catch (const parquet::ParquetException& error) {
      fail_bad(file, format("is no parquet file that can be read ({})", error.what()));
    }
    reader->set_batch_size(rows_per_batch);
    reader->set_use_threads(true);
    plan(wanted, names);
    open(read);
  }

  void plan(std::span<const MetadataColumn> wanted, RowNames names) {
    const std::vector<MetadataFields> known = metadata_fields(*schema);
    const auto add = [&](MetadataColumn column, bool required) {
      if (const MetadataFields* const fields = find_fields(known, column)) {
        columns.push_back(*fields);
      } else if (required) {
        fail_bad(file, format("has no column {} (also known as {}); it has {}", metadata_column(column).name,
                              fmt::join(metadata_column(column).aliases, ", "), fmt::join(schema->field_names(), ", ")));
      }
    };
    for (const MetadataColumn column : wanted) {
      add(column, true);
    }
    if (names == RowNames::not_needed) {
      return;
    }
    for (const MetadataColumn column : {MetadataColumn::url, MetadataColumn::key}) {
      if (std::find(wanted.begin(), wanted.end(), column) == wanted.end()) {
        add(column, false);
      }
    }
  }

  void open(MetadataRead read) {
    std::vector<int> groups(static_cast<size_t>(reader->num_row_groups()));
    for (size_t i = 0; i < groups.size(); ++i) {
      groups[i] = static_cast<int>(i);
    }
    // A flat file's leaves are its fields; of a nested one all is read.
    const bool flat = reader->parquet_reader()->metadata()->num_columns() == schema->num_fields();
    positions.assign(static_cast<size_t>(schema->num_fields()), -1);
    try {
      if (read == MetadataRead::needed && flat) {
        std::vector<int> leaves;
        for (const MetadataFields& entry : columns) {
          leaves.insert(leaves.end(), entry.numbers.begin(), entry.numbers.end());
          leaves.insert(leaves.end(), entry.texts.begin(), entry.texts.end());
        }
        std::sort(leaves.begin(), leaves.end());
        for (size_t i = 0; i < leaves.size(); ++i) {
          positions[static_cast<size_t>(leaves[i])] = static_cast<int>(i);
        }
        batches = take(reader->GetRecordBatchReader(groups, leaves), file);
      } else {
        for (size_t i = 0; i < positions.size(); ++i) {
          positions[i] = static_cast<int>(i);
        }
        batches = take(reader->GetRecordBatchReader(groups), file);
      }
    } catch (const parquet::ParquetException& error) {
      fail_bad(file, error.what());
    }
  }

  bool next() {
    std::shared_ptr<arrow::RecordBatch> read;
    try {
      const arrow::Status status = batches->ReadNext(&read);
      if (!status.ok()) {
        fail_bad(file, format("cannot be read after row {} ({})", done, status.message()));
      }
    } catch (const parquet::ParquetException& error) {
      fail_bad(file, format("cannot be read after row {} ({})", done, error.what()));
    }
    if (!read) {
      return false;
    }
    check_input(read->ValidateFull(), file);
    record = read;
    done += static_cast<uint64_t>(record->num_rows());
    show();
    return true;
  }

  std::shared_ptr<arrow::Array> cast(int field, const std::shared_ptr<arrow::DataType>& type) {
    const std::shared_ptr<arrow::Array>& array = record->column(positions[static_cast<size_t>(field)]);
    if (array->type()->Equals(type)) {
      return array;
    }
    const arrow::Result<arrow::Datum> made = arrow::compute::Cast(array, type, arrow::compute::CastOptions::Unsafe(type));
    if (!made.ok()) {
      fail_bad(file, format("column {} is {} and cannot be read as {}", schema->field(field)->name(), array->type()->ToString(),
                            type->ToString()));
    }
    casts.push_back(made->make_array());
    return casts.back();
  }

  void show() {
    const auto rows = static_cast<size_t>(record->num_rows());
    casts.clear();
    shown = {.rows = rows, .columns = {}};
    numbers.resize(columns.size());
    texts.resize(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      const MetadataFields& entry = columns[i];
      const bool wants_numbers = metadata_column(entry.column).number;
      const bool wants_texts = !wants_numbers || entry.column == MetadataColumn::nsfw;
      FilterBatch::Column column;
      texts[i].assign(entry.texts.empty() ? 0 : rows, std::string_view());
      for (const int field : entry.texts) {
        const auto array = std::static_pointer_cast<arrow::StringArray>(cast(field, arrow::utf8()));
        for (size_t row = 0; row < rows; ++row) {
          if (texts[i][row].data() == nullptr && !array->IsNull(static_cast<int64_t>(row))) {
            const std::string_view view = array->GetView(static_cast<int64_t>(row));
            texts[i][row] = view.data() == nullptr ? std::string_view("") : view;
          }
        }
      }
      numbers[i].assign(wants_numbers ? rows : 0, nan);
      for (const int field : entry.numbers) {
        const auto array = std::static_pointer_cast<arrow::DoubleArray>(cast(field, arrow::float64()));
        for (size_t row = 0; row < rows; ++row) {
          if (std::isnan(numbers[i][row]) && !array->IsNull(static_cast<int64_t>(row))) {
            numbers[i][row] = array->Value(static_cast<int64_t>(row));
          }
        }
      }
      if (wants_numbers && !entry.texts.empty()) {
        for (size_t row = 0; row < rows; ++row) {
          if (std::isnan(numbers[i][row])) {
            numbers[i][row] = number_of_text(texts[i][row]);
          }
        }
      }
      if (wants_numbers) {
        column.numbers = numbers[i];
      }
      if (wants_texts && !entry.texts.empty()) {
        column.texts = texts[i];
      }
      shown.columns.emplace(entry.column, column);
    }
  }

  fs::path file;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<MetadataFields> columns;
  std::vector<int> positions;  // of each field in a batch; -1: not read
  std::unique_ptr<arrow::RecordBatchReader> batches;
  std::shared_ptr<arrow::RecordBatch> record;
  std::vector<std::shared_ptr<arrow::Array>> casts;  // that views point into
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<std::string_view>> texts;
  FilterBatch shown;
  uint64_t done = 0;
};

MetadataReader::MetadataReader(fs::path file, std::span<const MetadataColumn> columns, MetadataRead read, RowNames names)
    : impl_(std::make_unique<Impl>(std::move(file), columns, read, names)) {}
MetadataReader::~MetadataReader() = default;
uint64_t MetadataReader::rows() const { return static_cast<uint64_t>(impl_->reader->parquet_reader()->metadata()->num_rows()); }
bool MetadataReader::next() { return impl_->next(); }
const FilterBatch& MetadataReader::batch() const { return impl_->shown; }

struct MetadataWriter::Impl {
  fs::path file;
  fs::path partial;
  std::shared_ptr<DurableStream> stream;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

MetadataWriter::MetadataWriter(fs::path file, const MetadataReader& like) : impl_(std::make_unique<Impl>()) {
  impl_->file = std::move(file);
  impl_->partial = impl_->file;
  impl_->partial += ".partial";
  impl_->stream = std::make_shared<DurableStream>(impl_->partial);
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->max_row_group_length(rows_per_metadata_group)->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  auto writer =
      parquet::arrow::FileWriter::Open(*like.impl_->schema, arrow::default_memory_pool(), impl_->stream, properties, arrow_properties);
  check_output(writer.status(), impl_->partial);
  impl_->writer = std::move(writer).ValueUnsafe();
}

MetadataWriter::~MetadataWriter() = default;

void MetadataWriter::append(const MetadataReader& reader, std::span<const RowVerdict> verdicts) {
  arrow::BooleanBuilder mask;
  check_output(mask.Reserve(static_cast<int64_t>(verdicts.size())), impl_->partial);
  for (const RowVerdict verdict : verdicts) {
    mask.UnsafeAppend(is_kept(verdict));
  }
  std::shared_ptr<arrow::Array> kept;
  check_output(mask.Finish(&kept), impl_->partial);
  const arrow::Result<arrow::Datum> chosen = arrow::compute::Filter(reader.impl_->record, kept);
  check_output(chosen.status(), impl_->partial);
  const std::shared_ptr<arrow::RecordBatch> rows = chosen->record_batch();
  if (rows->num_rows() > 0) {
    check_output(impl_->writer->WriteRecordBatch(*rows), impl_->partial);
  }
}

void MetadataWriter::finish() {
  check_output(impl_->writer->Close(), impl_->partial);
  check_output(impl_->stream->Close(), impl_->partial);
  rename_durably(impl_->partial, impl_->file);
}

}  // namespace darkroom
