// SPDX-License-Identifier: Apache-2.0
// Rules over a column store while somebody moves a threshold: verdicts as bits, counts a rule and histograms of every column, at the speed
// of a slider. The meaning of rules is that of RowFilter, row by row; this is the fast way to the same verdicts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/columns/column_store.h"
#include "core/columns/row_set.h"
#include "core/filter/filter_rules.h"
#include "core/filter/row_filter.h"

namespace darkroom {

/// Over which rows histograms count.
enum class HistogramRows {
  others,  ///< rows that pass every rule about another column: what the column's own threshold chooses from
  kept,    ///< rows that pass every rule
};

/// Bins of equal width over [low, high]; a value on an inner border belongs to the bin above it, `high` itself to the last.
struct Histogram {
  MetadataColumn column = MetadataColumn::aesthetic;
  double low = 0;
  double high = 1;
  std::vector<uint64_t> all;     ///< [bins] every row of the store
  std::vector<uint64_t> chosen;  ///< [bins] rows of HistogramRows
  uint64_t chosen_below = 0;     ///< of HistogramRows: rows with a value below `low`,
  uint64_t chosen_above = 0;     ///< above `high`,
  uint64_t chosen_empty = 0;     ///< without one
};

struct CrossfilterResult {
  FilterCounts counts;                ///< as RowFilter counts
  std::vector<uint64_t> only;         ///< [rules] rows that this rule drops and every other keeps; verdicts by hand aside
  std::vector<Histogram> histograms;  ///< one a column with numbers, in the order of ColumnStore::columns()
  std::vector<size_t> pending;        ///< rules that need texts which have not been scanned: until then they keep everything
};

/// The answer of a rule that looks at texts in the files (a pattern over captions): which rows pass. Copies share it.
struct TextVerdicts {
  ColumnRule rule;  ///< its bounds are not part of the answer
  std::shared_ptr<const RowBits> passes;
  std::shared_ptr<const RowBits> has_text;
};

/// Reads a column's texts from the files and matches them against the words and patterns of a rule: some million rows a second and core.
/// For a rule of CrossfilterResult::pending, on a thread of its own.
/// throws  as ColumnStore::fetch_texts, and Error{cancelled}
TextVerdicts scan_texts(const ColumnStore& store, const ColumnRule& rule, unsigned threads, const ProgressSink& sink,
                        const CancelToken& cancel);

/// A list of rows to look at.
enum class RowView {
  all,
  kept,
  dropped,
  dropped_by,       ///< rows whose verdict is this rule: it comes first of those that drop them
  dropped_only_by,  ///< rows that this rule alone drops
};

/// A row beside a threshold.
struct EdgeRow {
  uint64_t row = 0;
  double value = 0;
};

/// Rows nearest to a rule's bounds, the nearest first, equal distances by row.
struct EdgeRows {
  std::vector<EdgeRow> passing;
  std::vector<EdgeRow> failing;
};

struct CrossfilterOptions {
  unsigned threads = 0;  ///< 0: one a processor
  unsigned bins = 128;   ///< of each histogram, 2 to 240; 0: no histograms
  HistogramRows histogram_rows = HistogramRows::others;
};

/// Not thread-safe: one thread (not the window's) owns it; what it returns are values, and RowSets may be read by any thread.
///
/// Time of set_rules on 10 M rows, two cores: docs/data.md. A rule that did not change is not tested again; of the histograms only the rows
/// that changed sides are counted.
class Crossfilter {
 public:
  explicit Crossfilter(std::shared_ptr<const ColumnStore> store, const CrossfilterOptions& options = {});
  ~Crossfilter();
  Crossfilter(Crossfilter&&) noexcept;
  Crossfilter& operator=(Crossfilter&&) noexcept;

  /// Takes over the rules and computes everything anew that depends on what changed. The reference stays valid until the next call.
  /// throws  Error{bad_input}: a rule about a column that a file lacks (naming both), a pattern that is none, overrides where a file has
  ///         neither url nor key, "unique" of a computed column. The rules before stay in force.
  const CrossfilterResult& set_rules(const FilterRules& rules);
  const CrossfilterResult& result() const;
  const FilterRules& rules() const;

  /// Gives the answer of scan_texts; rules with the same words, patterns and column use it from now on.
  const CrossfilterResult& add(const TextVerdicts& verdicts);

  /// Where a column's histogram begins and ends (zooming); low < high, both finite.
  const CrossfilterResult& set_view(MetadataColumn column, double low, double high);
  const CrossfilterResult& set_histogram_rows(HistogramRows rows);

  /// rule  index, for dropped_by and dropped_only_by; a rule that is off drops nothing
  RowSet rows(RowView view, size_t rule = 0) const;

  /// What became of rows.
  std::vector<RowVerdict> verdicts(std::span<const uint64_t> rows) const;

  /// Up to `limit` rows on each side of a rule's bounds, among those that every other rule keeps. Nothing for a rule without bounds, or
  /// that is off.
  EdgeRows edge(size_t rule, size_t limit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
