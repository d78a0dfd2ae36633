// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset_impl.h"
#include "core/dataset/durable_stream.h"
#include "core/dataset/parquet_records.h"
#include "core/dataset/record_columns.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_parquet_group = 5000;

void check_input(const arrow::Status& status, const fs::path& file, uint64_t row) {
  if (status.IsOutOfMemory()) {
    fail(ErrorCode::out_of_memory, "{}: {}", file.string(), status.message());
  }
  if (!status.ok()) {
    fail(ErrorCode::bad_input, "{}: cannot be read after row {} ({})", file.string(), row, status.message());
  }
}

}  // namespace

struct ParquetRecordReader::Impl {
  fs::path file;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::unique_ptr<arrow::RecordBatchReader> batches;
  std::unique_ptr<ArrowDataset> shown;
  uint64_t done = 0;
};

ParquetRecordReader::ParquetRecordReader(const fs::path& file) : impl_(std::make_unique<Impl>()) {
  impl_->file = file;
  if (!fs::exists(file)) {
    fail(ErrorCode::not_found, "{}: there is no such file", file.string());
  }
  try {
    const arrow::Result<std::shared_ptr<arrow::io::ReadableFile>> input = arrow::io::ReadableFile::Open(file.string());
    check_input(input.status(), file, 0);
    auto opened = parquet::arrow::OpenFile(*input, arrow::default_memory_pool());
    check_input(opened.status(), file, 0);
    impl_->reader = std::move(opened).ValueUnsafe();
    impl_->reader->set_batch_size(rows_per_parquet_group);
    auto batches = impl_->reader->GetRecordBatchReader();
    check_input(batches.status(), file, 0);
    impl_->batches = std::move(batches).ValueUnsafe();
  } catch (const parquet::ParquetException& error) {
    fail(ErrorCode::bad_input, "{}: is no parquet file that can be read ({})", file.string(), error.what());
  }
}

ParquetRecordReader::~ParquetRecordReader() = default;

uint64_t ParquetRecordReader::rows() const { return static_cast<uint64_t>(impl_->reader->parquet_reader()->metadata()->num_rows()); }

const ArrowDataset* ParquetRecordReader::next() {
  std::shared_ptr<arrow::RecordBatch> batch;
  try {
    check_input(impl_->batches->ReadNext(&batch), impl_->file, impl_->done);
  } catch (const parquet::ParquetException& error) {
    fail(ErrorCode::bad_input, "{}: cannot be read after row {} ({})", impl_->file.string(), impl_->done, error.what());
  }
  if (batch == nullptr) {
    return nullptr;
  }
  check_input(batch->ValidateFull(), impl_->file, impl_->done);
  impl_->done += static_cast<uint64_t>(batch->num_rows());
  auto table = std::make_unique<ArrowDataset::Impl>();
  table->folder = impl_->file;
  table->schema = batch->schema();
  table->add(batch);
  impl_->shown = std::make_unique<ArrowDataset>(std::move(table));
  return impl_->shown.get();
}

struct ParquetRecordWriter::Impl {
  explicit Impl(fs::path path)
      : file(std::move(path)),
        partial(file.string() + ".partial"),
        schema(record_schema(TokenLists::fixed)),
        maker(TokenLists::fixed, schema, rows_per_parquet_group),
        stream(std::make_shared<DurableStream>(partial)) {}

  void flush() {
    if (maker.rows() > 0) {
      check_output(writer->WriteTable(**arrow::Table::FromRecordBatches({maker.take()}), rows_per_parquet_group), partial);
    }
  }

  fs::path file;
  fs::path partial;
  std::shared_ptr<arrow::Schema> schema;
  RecordBatchMaker maker;
  std::shared_ptr<DurableStream> stream;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  uint64_t rows = 0;
};

ParquetRecordWriter::ParquetRecordWriter(fs::path file) : impl_(std::make_unique<Impl>(std::move(file))) {
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->max_row_group_length(rows_per_parquet_group)->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  auto writer = parquet::arrow::FileWriter::Open(*impl_->schema, arrow::default_memory_pool(), impl_->stream, properties, arrow_properties);
  check_output(writer.status(), impl_->partial);
  impl_->writer = std::move(writer).ValueUnsafe();
}

ParquetRecordWriter::~ParquetRecordWriter() = default;

void ParquetRecordWriter::append(const ImageRecord& record) {
  impl_->maker.append(record);
  ++impl_->rows;
  if (impl_->maker.rows() == rows_per_parquet_group) {
    impl_->flush();
  }
}

uint64_t ParquetRecordWriter::rows() const { return impl_->rows; }

void ParquetRecordWriter::finish() {
  impl_->flush();
  check_output(impl_->writer->Close(), impl_->partial);
  check_output(impl_->stream->Close(), impl_->partial);
  rename_durably(impl_->partial, impl_->file);
}

}  // namespace darkroom
