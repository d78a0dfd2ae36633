// SPDX-License-Identifier: Apache-2.0
// Datasets on the disk in the layout of Hugging Face's `datasets`: Arrow IPC stream files + state.json + dataset_info.json.
//
// What is written opens there with load_from_disk unchanged; what its save_to_disk wrote opens here, splits (DatasetDict) included.
// A build without Arrow has the same functions; they throw Error{failed} that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/dataset/image_record.h"

namespace darkroom {

/// The splits of a dataset folder: those of dataset_dict.json, or none when the folder is one dataset by itself.
/// throws  Error{not_found | bad_input} when it is neither, naming what was looked for
std::vector<std::string> dataset_splits(const std::filesystem::path& folder);

/// One dataset (or split), memory-mapped. Every record batch is validated in full at opening. Reading is thread-safe.
class ArrowDataset {
 public:
  /// folder  holds state.json and the .arrow files that it names
  /// throws  Error{not_found | bad_input} naming the file and what is wrong with it
  explicit ArrowDataset(const std::filesystem::path& folder);
  ~ArrowDataset();
  ArrowDataset(ArrowDataset&&) noexcept;
  ArrowDataset& operator=(ArrowDataset&&) noexcept;

  /// The folder, or the parquet file that the rows come from.
  const std::filesystem::path& path() const;
  uint64_t size() const;
  std::vector<std::string> columns() const;
  bool has(std::string_view column) const;

  /// A text or binary cell; empty for null. Valid as long as the dataset.
  /// throws  Error{bad_input} when there is no such column or it holds something else, naming its type
  std::string_view text(std::string_view column, uint64_t row) const;
  /// A whole number of any width; `absent` for null.
  int64_t integer(std::string_view column, uint64_t row, int64_t absent = 0) const;
  /// A number of any kind; `absent` for null.
  double number(std::string_view column, uint64_t row, double absent = 0) const;
  /// A list of int32, zero-copy: list, large_list or fixed_size_list. Valid as long as the dataset.
  std::span<const int32_t> int32_list(std::string_view column, uint64_t row) const;
  /// A list of whole numbers of any width, copied. throws Error{bad_input} when a value does not fit
  void read_integer_list(std::string_view column, uint64_t row, std::vector<int32_t>& numbers) const;
  /// "string", "list<item: int32>", …: as Arrow spells it.
  std::string column_type(std::string_view column) const;

  struct Impl;
  /// For sources of core/dataset that fill one otherwise.
  explicit ArrowDataset(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// Writes one dataset folder of ImageRecords: the columns of record_columns.h. The folder appears complete by one rename in finish(); an
/// older one of that name is replaced.
///
/// metadata  goes into the Arrow schema's metadata (strings), for the reader of half-done work
class ArrowDatasetWriter {
 public:
  explicit ArrowDatasetWriter(std::filesystem::path folder, const std::vector<std::pair<std::string, std::string>>& metadata = {},
                              uint64_t rows_per_file = 500'000);
  ~ArrowDatasetWriter();
  ArrowDatasetWriter(const ArrowDatasetWriter&) = delete;
  ArrowDatasetWriter& operator=(const ArrowDatasetWriter&) = delete;

  void append(const ImageRecord& record);
  uint64_t rows() const;
  /// Must be called; without it nothing appears. throws Error{io}
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The record of one row of a dataset that ArrowDatasetWriter (or the source run) wrote; missing optional columns stay empty. Without
/// input_ids the caption is tokenised.
/// throws  Error{bad_input}: ids that are not 77; a checksum that says that caption, key and picture do not belong together
ImageRecord read_image_record(const ArrowDataset& dataset, uint64_t row);

/// Writes dataset_dict.json, which makes `folder` a DatasetDict of its sub-folders.
void write_dataset_dict(const std::filesystem::path& folder, const std::vector<std::string>& splits);

}  // namespace darkroom
