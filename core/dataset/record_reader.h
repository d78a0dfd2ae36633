// SPDX-License-Identifier: Apache-2.0
// Rows of captioned pictures wherever they lie: parquet batches, dataset folders of ours and of Hugging Face's `datasets`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/dataset/arrow_dataset.h"
#include "core/dataset/parquet_records.h"

namespace darkroom {

/// One parquet file, or one dataset without splits (a folder with state.json), row after row. Not thread-safe; memory is that of one batch
/// of a parquet file; a dataset's files are mapped.
class RecordReader {
 public:
  /// throws  Error{not_found | bad_input} naming the file and what is wrong with it
  explicit RecordReader(const std::filesystem::path& where);

  uint64_t rows() const;
  /// The next row, its checksum compared; false at the end. throws  as read_image_record
  bool next(ImageRecord& record);

 private:
  std::unique_ptr<ParquetRecordReader> parquet_;
  std::unique_ptr<ArrowDataset> dataset_;
  const ArrowDataset* batch_ = nullptr;  ///< that rows are taken from now
  uint64_t row_ = 0;                     ///< in it
};

/// Rows of all of them together.
uint64_t count_rows(const std::vector<std::filesystem::path>& inputs);

/// What RecordReader can open, for inputs as people name them: a parquet file; a dataset folder (each of its splits); a folder of parquet
/// files (sorted by name, hidden ones and folders below left out).
/// throws  Error{not_found | bad_input} for an input that is none of them
std::vector<std::filesystem::path> record_inputs(const std::vector<std::filesystem::path>& inputs);

}  // namespace darkroom
