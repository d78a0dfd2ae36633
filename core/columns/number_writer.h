// SPDX-License-Identifier: Apache-2.0
// The numbers of a column on their way into the cache: written once, in the type that was guessed, and measured on the way. What the
// measure says is looked at when all are there (column_finish.h).
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>

#include "core/columns/array_writer.h"
#include "core/columns/number_extent.h"
#include "core/filter/metadata_column.h"

namespace darkroom {

/// The type in which numbers of a column are first written, to `<column>.numbers`. f64: f32, and all exactly to `<column>.exact`.
enum class StageKind { u16, i32, f32, f64 };

/// Files of one column, written by several threads.
class NumberFiles {
 public:
  /// Creates them. throws Error{io}
  NumberFiles(const std::filesystem::path& folder, MetadataColumn column, StageKind kind, uint64_t rows);

  StageKind kind() const { return kind_; }
  ArrayFile& numbers() { return numbers_; }
  ArrayFile* exact() { return exact_ ? &*exact_ : nullptr; }
  /// Thread-safe.
  void add(const NumberExtent& part);
  /// Once no thread adds any more.
  const NumberExtent& extent() const { return extent_; }

 private:
  StageKind kind_;
  ArrayFile numbers_;
  std::optional<ArrayFile> exact_;
  std::mutex mutex_;
  NumberExtent extent_;
};

/// Rows from one on, in order. A number that the kind does not hold makes write() false; the column is then worthless.
class NumberWriter {
 public:
  NumberWriter(NumberFiles& files, uint64_t first);
  /// Kinds u16 and i32. throws Error{io}
  bool write(std::span<const int32_t> values);
  /// Kind f32; always true.
  bool write(std::span<const float> values);
  /// Kinds u16 and f64.
  bool write(std::span<const double> values);
  void leave_empty(uint64_t rows);
  /// To be called at the end. throws Error{io}
  void finish();

 private:
  NumberFiles* files_;
  NumberExtent extent_;
  std::optional<ArrayWriter<uint16_t>> u16_;
  std::optional<ArrayWriter<int32_t>> i32_;
  std::optional<ArrayWriter<float>> f32_;
  std::optional<ArrayWriter<double>> f64_;
};

}  // namespace darkroom
