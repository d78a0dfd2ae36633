// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "core/base/cancel_token.h"
#include "core/columns/array_file.h"
#include "core/columns/column_finish.h"
#include "core/columns/file_scan.h"
#include "core/columns/word_table.h"

namespace darkroom {

/// One column on its way into the cache.
struct ColumnWork {
  MetadataColumn column = MetadataColumn::url;
  bool numbers = false;
  StageKind stage = StageKind::f64;
  bool words = false;
  bool hashes = false;
  bool characters = false;  ///< caption: counts them for caption_chars
  std::vector<size_t> missing_in;
  std::vector<std::string> names;

  std::unique_ptr<ArrayFile> number_file;
  std::unique_ptr<ArrayFile> word_file;
  std::unique_ptr<ArrayFile> hash_file;
  std::unique_ptr<ArrayFile> character_file;
  WordTable table;
  std::atomic<bool> misfit{false};      ///< a number that the stage cannot hold
  std::atomic<bool> many_words{false};  ///< more different texts than codes

  /// Creates the files of all that is read. throws Error{io}
  void create_files(const std::filesystem::path& folder, uint64_t rows);

  /// Writes one row group, whose first row in the set is `first`. From any thread, each group once.
  /// throws  Error{bad_input | io | cancelled}
  void read_group(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                  const CancelToken& cancel);
  /// Rows of a file that has no such column. throws Error{io}
  void leave_empty(uint64_t first, uint64_t rows);

  /// Whether what was read turned out to be another thing than the schemas let expect; `folder` and this are made ready to read it so.
  bool wants_again(const std::filesystem::path& folder);

 private:
  void read_numbers(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                    const CancelToken& cancel);
  void read_texts(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                  const CancelToken& cancel);
};

/// A work for each column that any of the files has.
std::vector<std::unique_ptr<ColumnWork>> plan_columns(std::span<const FileScan> scans);

}  // namespace darkroom
