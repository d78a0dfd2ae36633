// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/columns/column_data.h"
#include "core/columns/crossfilter.h"
#include "core/columns/scan_kernels.h"

namespace darkroom {

/// The part of a rule that looks at texts, always on.
ColumnRule texts_of(const ColumnRule& rule);

/// One interval test of a column's numbers, made ready for the type that they lie in.
class NumberTest {
 public:
  NumberTest(const ColumnArrays& arrays, const ValueRange& range, const columns::ScanKernels& kernels);

  /// Bits of whole words of rows; behind the last row they are arbitrary.
  void run(uint64_t first_word, size_t words, uint64_t* bits) const;

 private:
  void run_rounded(uint64_t first_word, size_t words, uint64_t* bits) const;

  const ColumnArrays* arrays_;
  const columns::ScanKernels* kernels_;
  ValueRange range_;
  uint16_t low_u16_ = 1;
  uint16_t high_u16_ = 0;
  int32_t low_i32_ = 1;
  int32_t high_i32_ = 0;
  float low_f32_ = 0;
  float high_f32_ = 0;
  float inner_low_f32_ = 0;  // of rounded columns: beyond these a value needs no second look
  float inner_high_f32_ = 0;
};

/// A rule about one column, made ready: what RowFilter decides row by row, decided for 64 rows at a time.
class RuleTest {
 public:
  /// texts  the answer of scan_texts where needs_scan(); null: every text passes
  RuleTest(const ColumnRule& rule, const ColumnStore& store, const columns::ScanKernels& kernels, const TextVerdicts* texts);

  /// Whether the rule looks at texts that are not kept as words.
  static bool needs_scan(const ColumnRule& rule, const ColumnStore& store);

  void run(uint64_t first_word, size_t words, uint64_t* bits) const;

 private:
  const ColumnArrays* arrays_;
  const columns::ScanKernels* kernels_;
  bool nulls_pass_ = false;
  std::optional<NumberTest> in_range_;
  std::optional<NumberTest> has_number_;      // where something else decides for rows without a number
  std::optional<columns::CodeSet> word_set_;  // codes that pass, with 0 for what is empty
  std::shared_ptr<const RowBits> text_passes_;
  std::shared_ptr<const RowBits> has_text_;
};

}  // namespace darkroom
