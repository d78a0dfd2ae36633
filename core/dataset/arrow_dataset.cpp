// SPDX-License-Identifier: Apache-2.0
// Reading is zero-copy: record batches are views of the mapped files. ValidateFull runs once at opening, so that offsets of a damaged or
// hostile file are never followed.
#include "core/dataset/arrow_dataset.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <cstring>
#include <limits>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset_impl.h"
#include "core/dataset/dataset_layout.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_arrow(const fs::path& file, const arrow::Status& status) {
  fail(status.IsIOError() ? ErrorCode::io : ErrorCode::bad_input, "{}: {}", file.string(), status.message());
}

template <typename T>
T take(arrow::Result<T> result, const fs::path& file) {
  if (!result.ok()) {
    fail_arrow(file, result.status());
  }
  return std::move(result).ValueUnsafe();
}

std::shared_ptr<arrow::Buffer> map_file(const fs::path& file) {
  const auto mapped = take(arrow::io::MemoryMappedFile::Open(file.string(), arrow::io::FileMode::READ), file);
  const int64_t size = take(mapped->GetSize(), file);
  return take(mapped->Read(size), file);
}

bool integer_value(const arrow::Array& array, int64_t i, int64_t& value) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      value = int64_t{static_cast<const arrow::Int8Array&>(array).Value(i)};
      return true;
    case arrow::Type::INT16:
      value = static_cast<const arrow::Int16Array&>(array).Value(i);
      return true;
    case arrow::Type::INT32:
      value = static_cast<const arrow::Int32Array&>(array).Value(i);
      return true;
    case arrow::Type::INT64:
      value = static_cast<const arrow::Int64Array&>(array).Value(i);
      return true;
    case arrow::Type::UINT8:
      value = static_cast<const arrow::UInt8Array&>(array).Value(i);
      return true;
    case arrow::Type::UINT16:
      value = static_cast<const arrow::UInt16Array&>(array).Value(i);
      return true;
    case arrow::Type::UINT32:
      value = static_cast<const arrow::UInt32Array&>(array).Value(i);
      return true;
    case arrow::Type::BOOL:
      value = static_cast<const arrow::BooleanArray&>(array).Value(i) ? 1 : 0;
      return true;
    default:
      return false;
  }
}

// The values of one list and where they begin; nullptr when the array holds no lists.
std::shared_ptr<arrow::Array> list_values(const arrow::Array& array, int64_t i, int64_t& begin, int64_t& length) {
  switch (array.type_id()) {
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(array);
      begin = lists.value_offset(i);
      length = lists.value_length(i);
      return lists.values();
    }
    case arrow::Type::LARGE_LIST: {
      const auto& lists = static_cast<const arrow::LargeListArray&>(array);
      begin = lists.value_offset(i);
      length = lists.value_length(i);
      return lists.values();
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& lists = static_cast<const arrow::FixedSizeListArray&>(array);
      begin = lists.value_offset(i);
      length = lists.value_length(i);
      return lists.values();
    }
    default:
      return nullptr;
  }
}

void read_stream(ArrowDataset::Impl& impl, const fs::path& file) {
  if (!fs::exists(file)) {
    fail(ErrorCode::not_found, "{}: the file is missing", file.string());
  }
  const std::shared_ptr<arrow::Buffer> bytes = map_file(file);
  if (bytes->size() >= 6 && std::memcmp(bytes->data(), "ARROW1", 6) == 0) {
    fail(ErrorCode::bad_input, "{}: is in Arrow's file format, expected its stream format (as save_to_disk writes it)", file.string());
  }
  const auto source = std::make_shared<arrow::io::BufferReader>(bytes);
  const auto reader = take(arrow::ipc::RecordBatchStreamReader::Open(source), file);
  if (impl.schema == nullptr) {
    impl.schema = reader->schema();
  } else if (!impl.schema->Equals(*reader->schema(), false)) {
    fail(ErrorCode::bad_input, "{}: its columns differ from those of the files before it", file.string());
  }
  while (true) {
    const std::shared_ptr<arrow::RecordBatch> batch = take(reader->Next(), file);
    if (batch == nullptr) {
      return;
    }
    if (const arrow::Status status = batch->ValidateFull(); !status.ok()) {
      fail_arrow(file, status);
    }
    impl.add(batch);
  }
}

}  // namespace

ArrowDataset::ArrowDataset(const fs::path& folder) : impl_(std::make_unique<Impl>()) {
  impl_->folder = folder;
  for (const fs::path& file : arrow_files(folder)) {
    read_stream(*impl_, file);
  }
}

ArrowDataset::ArrowDataset(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArrowDataset::~ArrowDataset() = default;
ArrowDataset::ArrowDataset(ArrowDataset&&) noexcept = default;
ArrowDataset& ArrowDataset::operator=(ArrowDataset&&) noexcept = default;

const fs::path& ArrowDataset::path() const { return impl_->folder; }

uint64_t ArrowDataset::size() const { return impl_->ends.empty() ? 0 : impl_->ends.back(); }

std::vector<std::string> ArrowDataset::columns() const {
  return impl_->schema == nullptr ? std::vector<std::string>() : impl_->schema->field_names();
}

bool ArrowDataset::has(std::string_view column) const {
  return impl_->schema != nullptr && impl_->schema->GetFieldIndex(std::string(column)) >= 0;
}

std::string ArrowDataset::column_type(std::string_view column) const {
  return impl_->schema->field(impl_->column_index(column))->type()->ToString();
}

std::string_view ArrowDataset::text(std::string_view column, uint64_t row) const {
  const Impl::Cell cell = impl_->cell(column, row);
  if (cell.array->IsNull(cell.row)) {
    return {};
  }
  switch (cell.array->type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray*>(cell.array)->GetView(cell.row);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray*>(cell.array)->GetView(cell.row);
    default:
      impl_->fail_type(column, *cell.array, "texts");
  }
}

int64_t ArrowDataset::integer(std::string_view column, uint64_t row, int64_t absent) const {
  const Impl::Cell cell = impl_->cell(column, row);
  int64_t value = absent;
  if (!cell.array->IsNull(cell.row) && !integer_value(*cell.array, cell.row, value)) {
    impl_->fail_type(column, *cell.array, "whole numbers");
  }
  return value;
}

double ArrowDataset::number(std::string_view column, uint64_t row, double absent) const {
  const Impl::Cell cell = impl_->cell(column, row);
  if (cell.array->IsNull(cell.row)) {
    return absent;
  }
  if (cell.array->type_id() == arrow::Type::FLOAT) {
    return static_cast<const arrow::FloatArray*>(cell.array)->Value(cell.row);
  }
  if (cell.array->type_id() == arrow::Type::DOUBLE) {
    return static_cast<const arrow::DoubleArray*>(cell.array)->Value(cell.row);
  }
  int64_t value = 0;
  if (!integer_value(*cell.array, cell.row, value)) {
    impl_->fail_type(column, *cell.array, "numbers");
  }
  return static_cast<double>(value);
}

std::span<const int32_t> ArrowDataset::int32_list(std::string_view column, uint64_t row) const {
  const Impl::Cell cell = impl_->cell(column, row);
  int64_t begin = 0;
  int64_t length = 0;
  const std::shared_ptr<arrow::Array> values = list_values(*cell.array, cell.row, begin, length);
  if (values == nullptr || values->type_id() != arrow::Type::INT32) {
    impl_->fail_type(column, *cell.array, "lists of int32");
  }
  if (cell.array->IsNull(cell.row)) {
    return {};
  }
  return {static_cast<const arrow::Int32Array&>(*values).raw_values() + begin, static_cast<size_t>(length)};
}

void ArrowDataset::read_integer_list(std::string_view column, uint64_t row, std::vector<int32_t>& numbers) const {
  const Impl::Cell cell = impl_->cell(column, row);
  int64_t begin = 0;
  int64_t length = 0;
  const std::shared_ptr<arrow::Array> values = list_values(*cell.array, cell.row, begin, length);
  numbers.clear();
  if (cell.array->IsNull(cell.row)) {
    return;
  }
  for (int64_t i = begin; i < begin + length; ++i) {
    int64_t value = 0;
    if (values == nullptr || !integer_value(*values, i, value)) {
      impl_->fail_type(column, *cell.array, "lists of whole numbers");
    }
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
      fail(ErrorCode::bad_input, "{}: column \"{}\", row {}: {} does not fit into 32 bits", impl_->folder.string(), column, row, value);
    }
    numbers.push_back(static_cast<int32_t>(value));
  }
}

}  // namespace darkroom
