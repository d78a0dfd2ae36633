// SPDX-License-Identifier: Apache-2.0
#include "core/columns/number_writer.h"

#include "core/columns/number_loops.h"
#include "core/columns/store_layout.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

size_t value_bytes(StageKind kind) { return kind == StageKind::u16 ? sizeof(uint16_t) : sizeof(float); }

// Narrows values into the writer, in the pieces that it has room for.
template <typename To, typename From>
bool write_narrow(ArrayWriter<To>& writer, std::span<const From> values) {
  while (!values.empty()) {
    const std::span<To> to = writer.room(values.size());
    if constexpr (std::is_same_v<To, float>) {
      columns::narrow(values.first(to.size()), to.data());
    } else if (!columns::narrow(values.first(to.size()), to.data())) {
      return false;
    }
    writer.took(to.size());
    values = values.subspan(to.size());
  }
  return true;
}

}  // namespace

NumberFiles::NumberFiles(const fs::path& folder, MetadataColumn column, StageKind kind, uint64_t rows)
    : kind_(kind), numbers_(folder / array_name(column, "numbers"), padded_rows(rows) * value_bytes(kind)) {
  if (kind == StageKind::f64) {
    exact_.emplace(folder / array_name(column, "exact"), padded_rows(rows) * sizeof(double));
  }
}

void NumberFiles::add(const NumberExtent& part) {
  const std::lock_guard lock(mutex_);
  extent_.add(part);
}

NumberWriter::NumberWriter(NumberFiles& files, uint64_t first) : files_(&files) {
  switch (files.kind()) {
    case StageKind::u16:
      u16_.emplace(files.numbers(), first);
      break;
    case StageKind::i32:
      i32_.emplace(files.numbers(), first);
      break;
    case StageKind::f64:
      f64_.emplace(*files.exact(), first);
      [[fallthrough]];
    case StageKind::f32:
      f32_.emplace(files.numbers(), first);
      break;
  }
}

bool NumberWriter::write(std::span<const int32_t> values) {
  extent_.add(columns::extent_of(values));
  if (u16_) {
    return write_narrow(*u16_, values);
  }
  i32_->write(values);
  return true;
}

bool NumberWriter::write(std::span<const float> values) {
  extent_.add(columns::extent_of(values));
  f32_->write(values);
  return true;
}

bool NumberWriter::write(std::span<const double> values) {
  extent_.add(columns::extent_of(values));
  if (u16_) {
    return write_narrow(*u16_, values);
  }
  f64_->write(values);
  return write_narrow(*f32_, values);
}

void NumberWriter::leave_empty(uint64_t rows) {
  extent_.empty += rows;
  if (u16_) {
    u16_->fill(rows, empty_u16);
  }
  if (i32_) {
    i32_->fill(rows, empty_i32);
  }
  if (f32_) {
    f32_->fill(rows, std::numeric_limits<float>::quiet_NaN());
  }
  if (f64_) {
    f64_->fill(rows, std::numeric_limits<double>::quiet_NaN());
  }
}

void NumberWriter::finish() {
  const auto flush = [](auto& writer) {
    if (writer) {
      writer->flush();
    }
  };
  flush(u16_);
  flush(i32_);
  flush(f32_);
  flush(f64_);
  files_->add(extent_);
}

}  // namespace darkroom
