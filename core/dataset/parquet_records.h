// SPDX-License-Identifier: Apache-2.0
// Captioned pictures in parquet batches: what `data tokenize` writes, what the source run wrote, and what other tools make of them.
// A build without Arrow has the same classes; they throw Error{failed} that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/dataset/arrow_dataset.h"

namespace darkroom {

/// Reads a file some thousand rows at a time. Not thread-safe.
class ParquetRecordReader {
 public:
  /// throws  Error{not_found | bad_input} naming the file
  explicit ParquetRecordReader(const std::filesystem::path& file);
  ~ParquetRecordReader();
  ParquetRecordReader(const ParquetRecordReader&) = delete;
  ParquetRecordReader& operator=(const ParquetRecordReader&) = delete;

  uint64_t rows() const;
  /// The next rows, valid until the next call; null at the end. throws  Error{bad_input} naming the file and the row
  const ArrowDataset* next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes the columns of record_columns.h with ids as fixed lists of 77, snappy, 5,000 rows a row group, as the source run's batches have
/// them. The file is `<path>.partial` until finish() has synced and renamed it; the same records make the same bytes.
class ParquetRecordWriter {
 public:
  /// throws  Error{io}
  explicit ParquetRecordWriter(std::filesystem::path file);
  ~ParquetRecordWriter();
  ParquetRecordWriter(const ParquetRecordWriter&) = delete;
  ParquetRecordWriter& operator=(const ParquetRecordWriter&) = delete;

  void append(const ImageRecord& record);
  uint64_t rows() const;
  /// Must be called; without it nothing appears. throws  Error{io}
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
