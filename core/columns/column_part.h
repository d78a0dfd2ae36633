// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/cancel_token.h"
#include "core/columns/column_work.h"

namespace darkroom {

/// Row groups of one column, one after another, on their way from the files into the cache. For one thread.
class ColumnPart {
 public:
  /// first  row of the set where the part begins; `work`, whose files are there, must outlive this
  ColumnPart(ColumnWork& work, uint64_t first);

  /// The next rows are those of a row group. throws Error{bad_input | io | cancelled}
  void read_group(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields, const CancelToken& cancel);
  /// The next rows are of a file that has no such column. throws Error{io}
  void leave_empty(uint64_t rows);
  /// To be called at the end. throws Error{io}
  void finish();

 private:
  void read_numbers(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields, const CancelToken& cancel);
  void read_joined(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields, const CancelToken& cancel);
  void read_texts(const ParquetFile& file, uint64_t group, uint64_t rows, const MetadataFields& fields, const CancelToken& cancel);
  void write_hashes(std::span<const std::string_view> texts);
  void write_characters(std::span<const std::string_view> texts);
  void write_words(std::span<const std::string_view> texts);
  uint8_t code_of(std::string_view word);

  ColumnWork* work_;
  std::optional<NumberWriter> numbers_;
  std::optional<NumberWriter> characters_;
  std::optional<ArrayWriter<uint64_t>> hashes_;
  std::optional<ArrayWriter<uint8_t>> words_;
  std::vector<int32_t> lengths_;
  std::unordered_map<std::string, uint8_t> known_;  ///< words and their codes
  std::string last_word_;
  uint8_t last_code_ = 0;
};

}  // namespace darkroom
