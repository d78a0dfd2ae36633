// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/columns/array_file.h"

namespace darkroom {

/// Values of an array from a row on, one after another. They reach the file in large pieces that end at round places: the system takes
/// these with a quarter of the processor time that many small ones need.
template <typename T>
class ArrayWriter {
 public:
  /// first  the row of the next value; `file` must outlive this
  ArrayWriter(ArrayFile& file, uint64_t first) : file_(&file), first_(first), values_(std::make_unique_for_overwrite<T[]>(piece)) {}

  /// Where the next values go: at least one, at most `most`. throws Error{io}
  std::span<T> room(size_t most) {
    if (used_ == piece - first_ % piece) {
      flush();
    }
    return std::span(values_.get() + used_, std::min<size_t>(most, piece - first_ % piece - used_));
  }
  /// So many values of room() are there.
  void took(size_t count) { used_ += count; }

  /// throws Error{io}
  void write(std::span<const T> values) {
    while (!values.empty()) {
      const std::span<T> to = room(values.size());
      std::copy_n(values.begin(), to.size(), to.begin());
      took(to.size());
      values = values.subspan(to.size());
    }
  }
  void fill(uint64_t rows, T value) {
    while (rows > 0) {
      const std::span<T> to = room(rows);
      std::fill(to.begin(), to.end(), value);
      took(to.size());
      rows -= to.size();
    }
  }
  /// The row of the next value.
  uint64_t row() const { return first_ + used_; }

  /// Writes what is left; to be called at the end. throws Error{io}
  void flush() {
    if (used_ > 0) {
      file_->write_values(first_, std::span<const T>(values_.get(), used_));
      first_ += used_;
      used_ = 0;
    }
  }

 private:
  static constexpr size_t piece = 262'144 / sizeof(T);

  ArrayFile* file_;
  uint64_t first_;
  size_t used_ = 0;
  std::unique_ptr<T[]> values_;
};

}  // namespace darkroom
