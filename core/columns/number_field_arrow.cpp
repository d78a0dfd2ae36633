// SPDX-License-Identifier: Apache-2.0
#include "core/columns/number_field.h"

#include <arrow/api.h>

#include <limits>

#include "core/columns/column_chunk_arrow.h"
#include "core/columns/column_data.h"

namespace darkroom {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

struct NumberField::Impl {
  const ParquetFile* file = nullptr;
  uint64_t group = 0;
  int field = 0;
  PlainType type = PlainType::other;
  ColumnChunk chunk;
  std::vector<int64_t> wide;
  std::vector<float> narrow;
  std::vector<int32_t> integers;
  CastArrays arrays;  // of PlainType::other

  template <typename Type>
  int64_t read_close(size_t most, typename Type::c_type* out, int64_t& count) {
    try {
      return chunk.read<Type>(most, out, count);
    } catch (const std::exception& error) {
      fail_reading(*file, group, field, error.what());
    }
  }

  // Moves values that stand close together to the rows that have one.
  template <typename T>
  void spread(T* values, int64_t count, int64_t rows, T empty) const {
    if (count == rows) {
      return;
    }
    for (int64_t row = rows; row-- > 0;) {
      values[row] = chunk.has_value(row, rows, count) ? values[--count] : empty;
    }
  }

  template <typename Type>
  size_t read_plain(size_t most, typename Type::c_type* out) {
    int64_t count = 0;
    const int64_t rows = read_close<Type>(most, out, count);
    spread(out, count, rows, std::numeric_limits<typename Type::c_type>::quiet_NaN());
    return static_cast<size_t>(rows);
  }

  // Doubles from values of another type, where emptiness has to be told from the levels.
  template <typename Type, typename T>
  size_t read_converted(size_t most, std::vector<T>& scratch, double* out) {
    scratch.resize(most);
    int64_t count = 0;
    const int64_t rows = read_close<Type>(most, scratch.data(), count);
    size_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      out[row] = chunk.has_value(row, rows, count) ? static_cast<double>(scratch[at++]) : nan;
    }
    return static_cast<size_t>(rows);
  }
};

NumberField::NumberField(const ParquetFile& file, uint64_t group, int field) : impl_(std::make_unique<Impl>()) {
  impl_->file = &file;
  impl_->group = group;
  impl_->field = field;
  impl_->type = file.plain_type(field);
  if (impl_->type == PlainType::other || impl_->type == PlainType::text) {
    impl_->type = PlainType::other;
    impl_->arrays = CastArrays(file, group, field, arrow::float64());
  } else {
    impl_->chunk = open_chunk(file, group, field, nullptr);
  }
}

NumberField::~NumberField() = default;

size_t NumberField::read(size_t most, double* out) {
  Impl& self = *impl_;
  switch (self.type) {
    case PlainType::f64:
      return self.read_plain<parquet::DoubleType>(most, out);
    case PlainType::f32:
      return self.read_converted<parquet::FloatType>(most, self.narrow, out);
    case PlainType::i32:
      return self.read_converted<parquet::Int32Type>(most, self.integers, out);
    case PlainType::i64:
      return self.read_converted<parquet::Int64Type>(most, self.wide, out);
    default:
      break;
  }
  const CastArrays::Part part = self.arrays.next(most);
  const auto* const values = static_cast<const arrow::DoubleArray*>(part.array);
  for (int64_t row = 0; row < part.rows; ++row) {
    out[row] = values->IsNull(part.first + row) ? nan : values->Value(part.first + row);
  }
  return static_cast<size_t>(part.rows);
}

size_t NumberField::read(size_t most, float* out) { return impl_->read_plain<parquet::FloatType>(most, out); }

size_t NumberField::read(size_t most, int32_t* out, bool& taken) {
  int64_t count = 0;
  const int64_t rows = impl_->read_close<parquet::Int32Type>(most, out, count);
  taken = taken || std::find(out, out + count, empty_i32) != out + count;
  impl_->spread(out, count, rows, empty_i32);
  return static_cast<size_t>(rows);
}

}  // namespace darkroom
