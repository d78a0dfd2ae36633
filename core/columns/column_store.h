// SPDX-License-Identifier: Apache-2.0
// Metadata of millions of pictures as columns in memory: numbers are mapped from a cache that is made once, texts stay in the parquet files
// and are read for the rows that are looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/filter/metadata_column.h"

namespace darkroom {

struct ColumnData;  // column_data.h: where the arrays lie; for the crossfilter
struct ColumnRule;
struct TextVerdicts;

/// What the store knows of one column.
struct StoredColumn {
  MetadataColumn column = MetadataColumn::url;
  std::vector<std::string> names;  ///< as files spell it; empty for what is computed
  bool numbers = false;            ///< has numbers: bounds and a histogram
  bool words = false;              ///< few different texts, kept as codes
  bool hashes = false;             ///< texts of which only hashes are kept; they are fetched from the files
  uint64_t empty = 0;              ///< rows without a value (without a number, where there are numbers)
  double min = 0;                  ///< of the finite numbers; min > max when there are none
  double max = 0;
  double view_low = 0;                  ///< where a histogram begins and ends when nobody says otherwise: what lies outside is rare
  double view_high = 1;                 ///< > view_low
  std::vector<std::string> dictionary;  ///< of words, sorted
  std::vector<size_t> missing_in;       ///< files (indices) that lack the column; `data filter` refuses rules about it
};

struct StoredFile {
  std::filesystem::path path;
  uint64_t first_row = 0;
  uint64_t rows = 0;
};

/// Where a row lies.
struct RowPlace {
  size_t file = 0;
  uint64_t group = 0;  ///< row group of the file
  uint64_t row = 0;    ///< in the group
};

/// Texts of one row; what is empty in the file is absent.
using RowTexts = std::vector<std::optional<std::string>>;

/// One row as a person reads it: the file's own column names and the values as text, in the order of the file; "" for what is empty.
using RowValues = std::vector<std::pair<std::string, std::string>>;

struct ImportOptions {
  unsigned threads = 0;  ///< 0: one a processor
};

/// An immutable set of rows: those of the parquet files, in their order. All functions may be called from any thread.
///
/// Numbers are exact: what core/filter would compare is what is compared here, whatever type it lies in. Texts that are used as a value
/// once ("unique") or named in overrides are known by their XXH3-64.
class ColumnStore {
 public:
  /// The folder below `root` that holds the cache of these files: a name made of their paths, sizes and times of change. A file that
  /// changed leads to another folder.
  /// throws  Error{not_found} for a file that is not there
  static std::filesystem::path cache_folder(const std::filesystem::path& root, std::span<const std::filesystem::path> files);

  /// Opens the cache of these files; null when there is none, or one of another version of Darkroom or cut short. Touches no data: the
  /// time does not depend on the number of rows.
  /// throws  Error{not_found} for a file that is not there
  static std::shared_ptr<const ColumnStore> open(const std::filesystem::path& root, std::span<const std::filesystem::path> files);

  /// As open(); where that gives nothing, reads the files and makes the cache first: beside its place, then renamed. Columns and row groups
  /// are read by several threads. A stop leaves nothing behind; a process that is killed leaves a folder that the next import removes.
  ///
  /// files  as metadata_inputs() gives them
  /// throws Error{not_found | bad_input} naming the file: no parquet, cut or broken, without any known column, or 2^32 rows and more in
  ///        all; Error{io} for a full disk; Error{cancelled}; Error{failed} in a build without Arrow
  static std::shared_ptr<const ColumnStore> open_or_import(const std::filesystem::path& root, std::span<const std::filesystem::path> files,
                                                           const ImportOptions& options, const ProgressSink& sink,
                                                           const CancelToken& cancel);
  ~ColumnStore();
  ColumnStore(const ColumnStore&) = delete;
  ColumnStore& operator=(const ColumnStore&) = delete;

  uint64_t rows() const;
  const std::vector<StoredFile>& files() const;
  /// In the order of MetadataColumn; computed ones (aspect, caption_chars) among them.
  const std::vector<StoredColumn>& columns() const;
  const StoredColumn* find(MetadataColumn column) const;
  std::filesystem::path folder() const;
  uint64_t bytes_on_disk() const;

  RowPlace place(uint64_t row) const;
  /// The number of a row, NaN where it is empty or the column has none.
  double number(MetadataColumn column, uint64_t row) const;
  /// The word of a row (StoredColumn::words); empty where there is none.
  std::string_view word(MetadataColumn column, uint64_t row) const;

  /// Texts of some rows (any order, may repeat), a RowTexts a row with one entry a column. Only the pages of the files that hold them are
  /// read: some milliseconds for a screenful.
  /// throws  Error{not_found | bad_input | io} naming the file, when it changed or went away since the store was opened
  std::vector<RowTexts> fetch_texts(std::span<const uint64_t> rows, std::span<const MetadataColumn> columns) const;
  /// Everything the file has about one row: for hovering and the large view.
  RowValues fetch_row(uint64_t row) const;

  const ColumnData& data() const;

  struct Impl;

 private:
  friend TextVerdicts scan_texts(const ColumnStore& store, const ColumnRule& rule, unsigned threads, const ProgressSink& sink,
                                 const CancelToken& cancel);
  explicit ColumnStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
