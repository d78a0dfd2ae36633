// SPDX-License-Identifier: Apache-2.0
// Rules applied to columns: the verdict of every row, and what each rule did.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/filter/filter_rules.h"

namespace darkroom {

/// Some rows of metadata, column by column; the memory belongs to whoever made the batch. What is empty in a file is NaN in `numbers`, and
/// a view without data in `texts`. A column may have both (a score and a word).
struct FilterBatch {
  struct Column {
    std::span<const double> numbers;          ///< [rows], or empty
    std::span<const std::string_view> texts;  ///< [rows], or empty
  };
  uint64_t rows = 0;
  std::map<MetadataColumn, Column> columns;  ///< none of those that are computed: aspect, caption_chars
};

/// Columns that must be in a batch for these rules; rules that are off need none. Overrides need url or key besides, whichever there is.
std::vector<MetadataColumn> needed_columns(const FilterRules& rules);

/// Verdicts by hand name rows by URL or key: in a file that has neither they would be passed over without a word.
///
/// has_names  whether the file has one of the two
/// throws     Error{bad_input} naming the file, when the rules have overrides and it has not
void require_names(const FilterRules& rules, bool has_names, const std::filesystem::path& file);

/// What became of a row.
using RowVerdict = int32_t;
inline constexpr RowVerdict verdict_kept = -1;
inline constexpr RowVerdict verdict_kept_by_hand = -2;     ///< a rule would have dropped it
inline constexpr RowVerdict verdict_dropped_by_hand = -3;  ///< all rules would have kept it
// Else: the index of the first rule that dropped it.

constexpr bool is_kept(RowVerdict verdict) { return verdict == verdict_kept || verdict == verdict_kept_by_hand; }

/// Counts since the beginning.
struct FilterCounts {
  struct Rule {
    uint64_t alone = 0;     ///< rows that this rule drops, whatever the others say
    uint64_t in_order = 0;  ///< rows that came as far as this rule and no further
    bool operator==(const Rule&) const = default;
  };
  uint64_t rows = 0;
  uint64_t kept = 0;
  uint64_t kept_by_hand = 0;
  uint64_t dropped_by_hand = 0;
  std::vector<Rule> rules;  ///< one a rule; zero for those that are off
  /// Counts of other rows by the same rules.
  FilterCounts& operator+=(const FilterCounts& other);
  bool operator==(const FilterCounts&) const = default;
};

/// Applies rules to batches in the order of the input: "each value once" remembers what came before. Not thread-safe.
///
/// Values are remembered by their XXH3-64 (8 bytes and the table's slack each): among n different values about n^2 / 3.7e19 are taken for
/// one another.
class RowFilter {
 public:
  /// throws  Error{bad_input} for a pattern that is none
  explicit RowFilter(FilterRules rules);
  ~RowFilter();
  RowFilter(RowFilter&&) noexcept;
  RowFilter& operator=(RowFilter&&) noexcept;

  /// One verdict a row, written to `verdicts` (resized).
  /// throws  std::invalid_argument when a needed column is missing or has another length
  void apply(const FilterBatch& batch, std::vector<RowVerdict>& verdicts);
  const FilterCounts& counts() const;
  const FilterRules& rules() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
