// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <xxhash.h>

#include <optional>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/dataset_layout.h"
#include "core/dataset/durable_stream.h"
#include "core/dataset/record_columns.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_arrow_batch = 1000;  // as `datasets` writes them

std::string part_name(size_t number) { return format("part-{:05}.arrow", number); }

}  // namespace

struct ArrowDatasetWriter::Impl {
  fs::path folder;
  fs::path work;  // `<folder>.tmp`, renamed at the end
  uint64_t rows_per_file = 0;
  std::shared_ptr<arrow::Schema> schema;
  std::optional<RecordBatchMaker> maker;
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
    check_output(opened.status(), file);
    writer = std::move(opened).ValueUnsafe();
    rows_of_file = 0;
  }

  void flush_batch() {
    if (maker->rows() > 0) {
      check_output(writer->WriteRecordBatch(*maker->take()), work);
    }
  }

  void close_file() {
    flush_batch();
    check_output(writer->Close(), work);
    check_output(stream->Close(), work);
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
  impl_->schema = record_schema(TokenLists::variable, metadata);
  impl_->maker.emplace(TokenLists::variable, impl_->schema, rows_per_arrow_batch);
  XXH3_64bits_reset(&impl_->hash);
  fs::remove_all(impl_->work);
  fs::create_directories(impl_->work);
  impl_->open_file();
}

ArrowDatasetWriter::~ArrowDatasetWriter() = default;

void ArrowDatasetWriter::append(const ImageRecord& record) {
  if (impl_->rows_of_file == impl_->rows_per_file) {
    impl_->close_file();
    impl_->open_file();
  }
  impl_->maker->append(record);
  ++impl_->rows;
  if (++impl_->rows_of_file % static_cast<uint64_t>(rows_per_arrow_batch) == 0) {
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

}  // namespace darkroom
