// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "core/columns/array_file.h"
#include "core/columns/file_scan.h"
#include "core/columns/number_writer.h"
#include "core/columns/word_table.h"

namespace darkroom {

/// One column on its way into the cache.
struct ColumnWork {
  MetadataColumn column = MetadataColumn::url;
  bool numbers = false;
  StageKind stage = StageKind::f64;
  StageKind character_stage = StageKind::u16;
  bool words = false;
  bool hashes = false;
  bool characters = false;  ///< caption: counts them for caption_chars
  std::vector<size_t> missing_in;
  std::vector<std::string> names;

  std::unique_ptr<NumberFiles> number_files;
  std::unique_ptr<ArrayFile> word_file;
  std::unique_ptr<ArrayFile> hash_file;
  std::unique_ptr<NumberFiles> character_files;
  WordTable table;
  std::atomic<bool> misfit{false};      ///< a number that the stage cannot hold
  std::atomic<bool> long_texts{false};  ///< a caption of more characters than its stage can hold
  std::atomic<bool> many_words{false};  ///< more different texts than codes

  /// Creates the files of all that is read. throws Error{io}
  void create_files(const std::filesystem::path& folder, uint64_t rows);

  /// Whether what was read turned out to be another thing than the schemas let expect; `folder` and this are made ready to read it so.
  bool wants_again(const std::filesystem::path& folder);
};

/// A work for each column that any of the files has.
std::vector<std::unique_ptr<ColumnWork>> plan_columns(std::span<const FileScan> scans);

}  // namespace darkroom
