// SPDX-License-Identifier: Apache-2.0
// Parquet files of image metadata: read in batches as columns by their meaning, written with every column that they had.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/filter/row_filter.h"

namespace darkroom {

enum class MetadataRead {
  needed,  ///< only the columns that rules look at
  all,     ///< every column, so that rows can be written
};

/// Whether batches have url and key, where the file has them, for rules that name rows.
enum class RowNames { needed, not_needed };

/// Reads one file, about 64 k rows at a time. Not thread-safe.
class MetadataReader {
 public:
  /// columns  that batches must have
  /// throws   Error{not_found | bad_input} naming the file: no parquet, or no column of that meaning (with the names that are there);
  ///          Error{failed} in a build without Arrow
  MetadataReader(std::filesystem::path file, std::span<const MetadataColumn> columns, MetadataRead read, RowNames names = RowNames::needed);
  ~MetadataReader();
  MetadataReader(const MetadataReader&) = delete;
  MetadataReader& operator=(const MetadataReader&) = delete;

  uint64_t rows() const;
  /// Reads the next rows; false at the end. throws Error{bad_input} for a file that is cut or broken, naming it and the row
  bool next();
  /// The rows that next() read; columns by meaning. Valid until the next call.
  const FilterBatch& batch() const;

 private:
  friend class MetadataWriter;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes chosen rows of readers into one file (zstd, 100,000 rows a row group): `<file>.partial`, synced and renamed by finish().
/// The same rows make the same bytes.
class MetadataWriter {
 public:
  /// like  a reader of MetadataRead::all: its schema is taken over. throws Error{io}
  MetadataWriter(std::filesystem::path file, const MetadataReader& like);
  ~MetadataWriter();
  MetadataWriter(const MetadataWriter&) = delete;
  MetadataWriter& operator=(const MetadataWriter&) = delete;

  /// Appends the kept rows of the batch that `reader` holds. throws Error{io}
  void append(const MetadataReader& reader, std::span<const RowVerdict> verdicts);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
