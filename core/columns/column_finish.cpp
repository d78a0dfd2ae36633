// SPDX-License-Identifier: Apache-2.0
// Every step goes over blocks of rows with all threads. Nothing here depends on how many threads there are: the same files make the same
// bytes.
#include "core/columns/column_finish.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "core/base/mapped_file.h"
#include "core/columns/array_file.h"
#include "core/columns/histogram_codes.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t block_rows = 131'072;

template <typename To, typename From, typename Convert>
void write_converted(const fs::path& path, std::span<const From> values, WorkerPool& pool, Convert&& convert) {
  ArrayFile file(path, padded_rows(values.size()) * sizeof(To));
  pool.run_blocks(values.size(), block_rows, [&](uint64_t first, uint64_t rows) {
    const std::span<const From> part = values.subspan(first, rows);
    std::vector<To> converted(rows);
    std::transform(part.begin(), part.end(), converted.begin(), convert);
    file.write_values(first, std::span<const To>(converted));
  });
  file.sync();
}

template <typename T>
bool is_empty(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(value);
  } else {
    return value == empty_i32;
  }
}

template <typename T>
std::span<const T> values_of(const MappedFile& map, uint64_t rows) {
  return {reinterpret_cast<const T*>(map.bytes().data()), rows};
}

// The numbers of a column that are written already.
class MappedNumbers {
 public:
  MappedNumbers(const fs::path& folder, const ColumnLayout& layout) : numbers_(folder / array_name(layout.column.column, "numbers")) {
    arrays_.kind = layout.kind;
    arrays_.numbers = numbers_.bytes().data();
    if (layout.exact) {
      exact_.emplace(folder / array_name(layout.column.column, "exact"));
      arrays_.exact = reinterpret_cast<const double*>(exact_->bytes().data());
    }
  }
  const ColumnArrays& arrays() const { return arrays_; }

 private:
  MappedFile numbers_;
  std::optional<MappedFile> exact_;
  ColumnArrays arrays_;
};

// A view that leaves out what is rare at both ends, on round numbers: from every n-th row.
void choose_view(const ColumnArrays& arrays, uint64_t rows, StoredColumn& column) {
  constexpr uint64_t most_samples = 65'536;
  constexpr double rare = 0.001;
  if (column.min > column.max) {
    column.min = 0;
    column.max = -1;
    return;
  }
  std::vector<double> samples;
  const uint64_t step = std::max<uint64_t>(1, rows / most_samples);
  for (uint64_t row = 0; row < rows; row += step) {
    const double value = arrays.number(row);
    if (std::isfinite(value)) {
      samples.push_back(value);
    }
  }
  double low = column.min;
  double high = column.max;
  if (samples.size() >= 1000) {
    const auto at = [&](double share) {
      const auto place = samples.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
      std::nth_element(samples.begin(), place, samples.end());
      return *place;
    };
    low = at(rare);
    high = at(1 - rare);
  }
  const RoundView view = round_view(low, high);
  column.view_low = view.low;
  column.view_high = view.high;
}

void write_bins(const fs::path& folder, const ColumnArrays& arrays, uint64_t rows, const StoredColumn& column, WorkerPool& pool) {
  ArrayFile file(folder / array_name(column.column, "bins"), padded_rows(rows));
  const columns::CodeScale scale = code_scale(column.view_low, column.view_high, stored_bins);
  pool.run_blocks(rows, block_rows, [&](uint64_t first, uint64_t count) {
    std::vector<uint8_t> codes(count);
    encode_rows(arrays, first, count, scale, codes.data());
    file.write_values(first, std::span<const uint8_t>(codes));
  });
  file.sync();
}

// What was written as T becomes `kind`.
template <typename T>
void convert(const fs::path& from, const fs::path& to, NumberKind kind, uint64_t rows, WorkerPool& pool) {
  const MappedFile map(from);
  const std::span<const T> values = values_of<T>(map, rows);
  if (kind == NumberKind::u16) {
    write_converted<uint16_t>(to, values, pool, [](T value) { return is_empty(value) ? empty_u16 : static_cast<uint16_t>(value); });
  } else {
    write_converted<int32_t>(to, values, pool, [](T value) { return is_empty(value) ? empty_i32 : static_cast<int32_t>(value); });
  }
}

NumberKind kind_of(const NumberExtent& extent) {
  if (extent.within(0, empty_u16 - 1)) {
    return NumberKind::u16;
  }
  return extent.within(std::numeric_limits<int32_t>::min() + 1.0, std::numeric_limits<int32_t>::max()) ? NumberKind::i32 : NumberKind::f32;
}

NumberKind kind_of(StageKind stage) {
  switch (stage) {
    case StageKind::u16:
      return NumberKind::u16;
    case StageKind::i32:
      return NumberKind::i32;
    case StageKind::f32:
    case StageKind::f64:
      break;
  }
  return NumberKind::f32;
}

// Numbers that turned out narrower than they were written.
void write_narrower(const fs::path& folder, MetadataColumn column, StageKind stage, NumberKind kind, uint64_t rows, WorkerPool& pool) {
  const fs::path numbers = folder / array_name(column, "numbers");
  const fs::path exact = folder / array_name(column, "exact");
  if (stage == StageKind::f64) {
    fs::remove(numbers);
    convert<double>(exact, numbers, kind, rows, pool);
    return;
  }
  const fs::path wide = folder / array_name(column, "stage");
  fs::rename(numbers, wide);
  if (stage == StageKind::f32) {
    convert<float>(wide, numbers, kind, rows, pool);
  } else {
    convert<int32_t>(wide, numbers, kind, rows, pool);
  }
  fs::remove(wide);
}

}  // namespace

void finish_numbers(const fs::path& folder, NumberFiles& files, uint64_t rows, ColumnLayout& layout, WorkerPool& pool) {
  const MetadataColumn column = layout.column.column;
  const NumberExtent& extent = files.extent();
  layout.kind = kind_of(extent);
  layout.exact = layout.kind == NumberKind::f32 && !extent.fits_f32;
  if (layout.kind == kind_of(files.kind())) {
    files.numbers().sync();
  } else {
    write_narrower(folder, column, files.kind(), layout.kind, rows, pool);
  }
  if (layout.exact) {
    files.exact()->sync();
  } else if (files.exact() != nullptr) {
    fs::remove(folder / array_name(column, "exact"));
  }
  layout.column.numbers = true;
  layout.column.empty = extent.empty;
  layout.column.min = extent.min;
  layout.column.max = extent.max;
  const MappedNumbers numbers(folder, layout);
  choose_view(numbers.arrays(), rows, layout.column);
  write_bins(folder, numbers.arrays(), rows, layout.column, pool);
}

uint64_t finish_words(const fs::path& folder, MetadataColumn column, uint64_t rows, const std::vector<std::string>& words,
                      std::vector<std::string>& dictionary, WorkerPool& pool) {
  dictionary = words;
  std::sort(dictionary.begin(), dictionary.end());
  std::array<uint8_t, 256> code_of{};
  for (size_t i = 0; i < words.size(); ++i) {
    code_of[i + 1] = static_cast<uint8_t>(std::lower_bound(dictionary.begin(), dictionary.end(), words[i]) - dictionary.begin() + 1);
  }
  const fs::path path = folder / array_name(column, "words");
  const fs::path stage = folder / array_name(column, "words_stage");
  fs::rename(path, stage);
  uint64_t empty = 0;
  {
    const MappedFile map(stage);
    const std::span<const uint8_t> codes = values_of<uint8_t>(map, rows);
    write_converted<uint8_t>(path, codes, pool, [&](uint8_t code) { return code_of[code]; });
    empty = static_cast<uint64_t>(std::count(codes.begin(), codes.end(), 0));
  }
  fs::remove(stage);
  return empty;
}

void finish_aspect(const fs::path& folder, StoreLayout& layout, WorkerPool& pool) {
  const auto find = [&](MetadataColumn column) {
    return std::find_if(layout.columns.begin(), layout.columns.end(),
                        [column](const ColumnLayout& any) { return any.column.column == column; });
  };
  const auto width = find(MetadataColumn::width);
  const auto height = find(MetadataColumn::height);
  if (width == layout.columns.end() || height == layout.columns.end()) {
    return;
  }
  const MappedNumbers widths(folder, *width);
  const MappedNumbers heights(folder, *height);
  ColumnLayout aspect;
  aspect.column.column = MetadataColumn::aspect;
  std::set_union(width->column.missing_in.begin(), width->column.missing_in.end(), height->column.missing_in.begin(),
                 height->column.missing_in.end(), std::back_inserter(aspect.column.missing_in));
  NumberFiles files(folder, MetadataColumn::aspect, StageKind::f64, layout.rows);
  pool.run_blocks(layout.rows, block_rows, [&](uint64_t first, uint64_t count) {
    constexpr uint64_t piece = 4096;  // stays in the processor's cache
    std::array<double, piece> ratios{};
    NumberWriter writer(files, first);
    for (uint64_t done = 0; done < count; done += piece) {
      const uint64_t size = std::min(piece, count - done);
      for (uint64_t row = 0; row < size; ++row) {
        const uint64_t from = first + done + row;
        ratios[row] = aspect_ratio(widths.arrays().number(from), heights.arrays().number(from));
      }
      writer.write(std::span<const double>(ratios).first(size));
    }
    writer.finish();
  });
  finish_numbers(folder, files, layout.rows, aspect, pool);
  layout.columns.push_back(std::move(aspect));
}

}  // namespace darkroom
