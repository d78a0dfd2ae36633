// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <xxhash.h>

#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/dataset_layout.h"
#include "core/dataset/durable_stream.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_batch = 1000;  // as `datasets` writes them

void check(const arrow::Status& status, const fs::path& file) {
  if (!status.ok()) {
    fail(status.IsOutOfMemory() ? ErrorCode::out_of_memory : ErrorCode::io, "{}: {}", file.string(), status.message());
  }
}

std::shared_ptr<arrow::Schema> record_schema(const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [key, value] : metadata) {
    keys.push_back(key);
    values.push_back(value);
  }
  const auto ids = arrow::list(arrow::field("item", arrow::int32()));
  return arrow::schema(
      {arrow::field("image_key", arrow::utf8()), arrow::field("caption", arrow::utf8()), arrow::field("input_ids", ids),
       arrow::field("attention_mask", ids), arrow::field("source", arrow::utf8()), arrow::field("width", arrow::int32()),
       arrow::field("height", arrow::int32()), arrow::field("category", arrow::utf8()), arrow::field("image_hash", arrow::utf8())},
      keys.empty() ? nullptr : arrow::key_value_metadata(keys, values));
}

template <typename Builder>
Builder& column(arrow::RecordBatchBuilder& builder, int index) {
  return static_cast<Builder&>(*builder.GetField(index));
}

arrow::Status append_tokens(arrow::ListBuilder& builder, const CaptionTokens& tokens) {
  ARROW_RETURN_NOT_OK(builder.Append());
  return static_cast<arrow::Int32Builder*>(builder.value_builder())->AppendValues(tokens.data(), tokens_per_caption);
}

arrow::Status append_record(arrow::RecordBatchBuilder& builder, const ImageRecord& record) {
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 0).Append(record.image_key));
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 1).Append(record.caption));
  ARROW_RETURN_NOT_OK(append_tokens(column<arrow::ListBuilder>(builder, 2), record.input_ids));
  ARROW_RETURN_NOT_OK(append_tokens(column<arrow::ListBuilder>(builder, 3), record.attention_mask));
  ARROW_RETURN_NOT_OK(column<arrow::StringBuilder>(builder, 4).Append(record.source));
  ARROW_RETURN_NOT_OK(column<arrow::Int32Builder>(builder, 5).Append(record.width));
  ARROW_RETURN_NOT_OK(column<arrow::Int32Builder>(builder, 6).Append(record.height));
  auto& category = column<arrow::StringBuilder>(builder, 7);
  ARROW_RETURN_NOT_OK(record.category.empty() ? category.AppendNull() : category.Append(record.category));
  return column<arrow::StringBuilder>(builder, 8).Append(record.image_hash);
}

std::string part_name(size_t number) { return format("part-{:05}.arrow", number); }

}  // namespace

struct ArrowDatasetWriter::Impl {
  fs::path folder;
  fs::path work;  // `<folder>.tmp`, renamed at the end
  uint64_t rows_per_file = 0;
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<arrow::RecordBatchBuilder> builder;
  std::shared_ptr<DurableStream> stream;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer;
  XXH3_state_t hash{};
  size_t files = 0;
  uint64_t rows = 0;
  uint64_t rows_of_file = 0;

  void open_file() {
    const fs::path file = work / part_name(files++);
    stream = std::make_shared<DurableStream>(file, &hash);
    auto opened = arrow::ipc::MakeStreamWriter(stream, schema);
    check(opened.status(), file);
    writer = std::move(opened).ValueUnsafe();
    rows_of_file = 0;
  }

  void flush_batch() {
    auto batch = builder->Flush();
    check(batch.status(), work);
    if ((*batch)->num_rows() > 0) {
      check(writer->WriteRecordBatch(**batch), work);
    }
  }

  void close_file() {
    flush_batch();
    check(writer->Close(), work);
    check(stream->Close(), work);
    writer.reset();
    stream.reset();
  }
};

ArrowDatasetWriter::ArrowDatasetWriter(fs::path folder, const std::vector<std::pair<std::string, std::string>>& metadata,
                                       uint64_t rows_per_file)
    : impl_(std::make_unique<Impl>()) {
  if (rows_per_file < 1) {
    throw std::invalid_argument("[ArrowDatasetWriter] rows_per_file must be at least 1");
  }
  impl_->folder = std::move(folder);
  impl_->work = impl_->folder;
  impl_->work += ".tmp";
  impl_->rows_per_file = rows_per_file;
  impl_->schema = record_schema(metadata);
  XXH3_64bits_reset(&impl_->hash);
  fs::remove_all(impl_->work);
  fs::create_directories(impl_->work);
  auto made = arrow::RecordBatchBuilder::Make(impl_->schema, arrow::default_memory_pool(), rows_per_batch);
  check(made.status(), impl_->work);
  impl_->builder = std::move(made).ValueUnsafe();
  impl_->open_file();
}

ArrowDatasetWriter::~ArrowDatasetWriter() = default;

void ArrowDatasetWriter::append(const ImageRecord& record) {
  if (impl_->rows_of_file == impl_->rows_per_file) {
    impl_->close_file();
    impl_->open_file();
  }
  check(append_record(*impl_->builder, record), impl_->work);
  ++impl_->rows;
  if (++impl_->rows_of_file % static_cast<uint64_t>(rows_per_batch) == 0) {
    impl_->flush_batch();
  }
}

uint64_t ArrowDatasetWriter::rows() const { return impl_->rows; }

void ArrowDatasetWriter::finish() {
  impl_->close_file();
  std::vector<std::string> names;
  for (size_t i = 0; i < impl_->files; ++i) {
    names.push_back(arrow_file_name(i, impl_->files));
    fs::rename(impl_->work / part_name(i), impl_->work / names.back());
  }
  const std::string fingerprint = format("{:016x}", XXH3_64bits_digest(&impl_->hash));
  write_file_atomically(impl_->work / state_file_name, dataset_state(names, fingerprint).dump(1));
  write_file_atomically(impl_->work / dataset_info_name, dataset_info().dump(1));
  sync_directory(impl_->work);
  fs::remove_all(impl_->folder);
  rename_durably(impl_->work, impl_->folder);
}

ImageRecord read_image_record(const ArrowDataset& dataset, uint64_t row) {
  ImageRecord record;
  record.image_key = dataset.text("image_key", row);
  record.caption = dataset.text("caption", row);
  std::vector<int32_t> values;
  for (const auto& [column, tokens] : {std::pair("input_ids", &record.input_ids), std::pair("attention_mask", &record.attention_mask)}) {
    dataset.read_integer_list(column, row, values);
    if (values.size() != tokens->size()) {
      fail(ErrorCode::bad_input, "{} of {} has {} values, expected {}", column, record.image_key, values.size(), tokens->size());
    }
    std::copy(values.begin(), values.end(), tokens->begin());
  }
  const auto text = [&](const char* column) { return dataset.has(column) ? std::string(dataset.text(column, row)) : std::string(); };
  record.source = text("source");
  record.category = text("category");
  record.image_hash = text("image_hash");
  record.width = dataset.has("width") ? static_cast<int32_t>(dataset.integer("width", row)) : 0;
  record.height = dataset.has("height") ? static_cast<int32_t>(dataset.integer("height", row)) : 0;
  return record;
}

}  // namespace darkroom
