// SPDX-License-Identifier: Apache-2.0
// Every step goes over blocks of rows with all threads. Nothing here depends on how many threads there are: the same files make the same
// bytes.
#include "core/columns/column_finish.h"

#include <algorithm>
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

constexpr uint64_t block_rows = 65'536;

// What a column holds.
struct Extent {
  uint64_t empty = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  bool infinite = false;
  bool whole = true;  // only whole numbers, and no -0
  bool fits_f32 = true;

  void add(const Extent& other) {
    empty += other.empty;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    infinite = infinite || other.infinite;
    whole = whole && other.whole;
    fits_f32 = fits_f32 && other.fits_f32;
  }
};

Extent extent_of(std::span<const int32_t> values) {
  Extent extent;
  int32_t low = std::numeric_limits<int32_t>::max();
  int32_t high = std::numeric_limits<int32_t>::min();
  for (const int32_t value : values) {
    extent.empty += value == empty_i32 ? 1 : 0;
    low = std::min(low, value == empty_i32 ? std::numeric_limits<int32_t>::max() : value);
    high = std::max(high, value);
  }
  if (extent.empty < values.size()) {
    extent.min = low;
    extent.max = high;
  }
  return extent;
}

template <typename T>
Extent extent_of(std::span<const T> values) {
  Extent extent;
  for (const T value : values) {
    if (std::isnan(value)) {
      ++extent.empty;
    } else if (std::isinf(value)) {
      extent.infinite = true;
      extent.whole = false;
    } else {
      const auto number = static_cast<double>(value);
      extent.min = std::min(extent.min, number);
      extent.max = std::max(extent.max, number);
      if (extent.whole && (std::trunc(value) != value || (value == 0 && std::signbit(value)))) {
        extent.whole = false;
      }
      if constexpr (sizeof(T) == sizeof(double)) {
        extent.fits_f32 = extent.fits_f32 && static_cast<double>(static_cast<float>(value)) == value;
      }
    }
  }
  return extent;
}

template <typename T>
Extent extent_of_all(std::span<const T> values, WorkerPool& pool) {
  std::vector<Extent> parts((values.size() + block_rows - 1) / block_rows);
  pool.run_blocks(values.size(), block_rows,
                  [&](uint64_t first, uint64_t rows) { parts[first / block_rows] = extent_of(values.subspan(first, rows)); });
  Extent extent;
  for (const Extent& part : parts) {
    extent.add(part);
  }
  return extent;
}

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

// What was read is already what is kept.
void keep(const fs::path& stage, const fs::path& part) {
  fs::rename(stage, part);
  sync_file(part);
}

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
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) { return samples[static_cast<size_t>(share * static_cast<double>(samples.size() - 1))]; };
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

template <typename T>
void write_numbers(const fs::path& folder, uint64_t rows, ColumnLayout& layout, WorkerPool& pool) {
  const MetadataColumn column = layout.column.column;
  const fs::path stage = folder / array_name(column, "stage");
  const fs::path numbers = folder / array_name(column, "numbers");
  const MappedFile map(stage);
  const std::span<const T> values = values_of<T>(map, rows);
  const Extent extent = extent_of_all(values, pool);
  const auto within = [&](double low, double high) { return extent.whole && !extent.infinite && extent.min >= low && extent.max <= high; };
  if (extent.min > extent.max || within(0, empty_u16 - 1)) {
    layout.kind = NumberKind::u16;
    write_converted<uint16_t>(numbers, values, pool, [](T value) { return is_empty(value) ? empty_u16 : static_cast<uint16_t>(value); });
  } else if (within(std::numeric_limits<int32_t>::min() + 1.0, std::numeric_limits<int32_t>::max())) {
    layout.kind = NumberKind::i32;
    write_converted<int32_t>(numbers, values, pool, [](T value) { return is_empty(value) ? empty_i32 : static_cast<int32_t>(value); });
  } else {
    layout.kind = NumberKind::f32;
    layout.exact = !extent.fits_f32;
    if constexpr (std::is_same_v<T, float>) {
      keep(stage, numbers);
    } else {
      write_converted<float>(numbers, values, pool, [](T value) { return static_cast<float>(value); });
      if (layout.exact) {
        keep(stage, folder / array_name(column, "exact"));
      }
    }
  }
  layout.column.numbers = true;
  layout.column.empty = extent.empty;
  layout.column.min = extent.min;
  layout.column.max = extent.max;
}

}  // namespace

size_t stage_bytes(StageKind kind) { return kind == StageKind::f64 ? sizeof(double) : sizeof(float); }

void finish_numbers(const fs::path& folder, StageKind stage, uint64_t rows, ColumnLayout& layout, WorkerPool& pool) {
  switch (stage) {
    case StageKind::f32:
      write_numbers<float>(folder, rows, layout, pool);
      break;
    case StageKind::i32:
      write_numbers<int32_t>(folder, rows, layout, pool);
      break;
    case StageKind::f64:
      write_numbers<double>(folder, rows, layout, pool);
      break;
  }
  fs::remove(folder / array_name(layout.column.column, "stage"));
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
  {
    ArrayFile file(folder / array_name(MetadataColumn::aspect, "stage"), padded_rows(layout.rows) * sizeof(double));
    pool.run_blocks(layout.rows, block_rows, [&](uint64_t first, uint64_t count) {
      std::vector<double> ratios(count);
      for (uint64_t row = 0; row < count; ++row) {
        ratios[row] = aspect_ratio(widths.arrays().number(first + row), heights.arrays().number(first + row));
      }
      file.write_values(first, std::span<const double>(ratios));
    });
  }
  finish_numbers(folder, StageKind::f64, layout.rows, aspect, pool);
  layout.columns.push_back(std::move(aspect));
}

}  // namespace darkroom
