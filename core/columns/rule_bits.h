// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/columns/crossfilter.h"
#include "core/columns/repeat_view.h"
#include "core/columns/rule_test.h"
#include "core/columns/worker_pool.h"

namespace darkroom {

/// Words of bits that one worker takes at a time: 32,768 rows.
constexpr uint64_t block_words = 512;

/// Which rows each rule lets pass, and what that counts to. Rules that stay the same keep their bits.
class RuleBits {
 public:
  RuleBits(std::shared_ptr<const ColumnStore> store, WorkerPool& pool);

  /// throws  as Crossfilter::set_rules; nothing has changed then
  void set_rules(const FilterRules& rules);
  void add(const TextVerdicts& verdicts);

  const FilterRules& rules() const { return rules_; }
  const FilterCounts& counts() const { return counts_; }
  const std::vector<uint64_t>& only() const { return only_; }
  const std::vector<size_t>& pending() const { return pending_; }

  /// Rows that every rule lets pass, verdicts by hand aside.
  const RowBits& kept() const { return kept_; }
  /// Null for a rule that is off.
  const RowBits* passes(size_t rule) const;
  /// Bits of the rules that are on, but for those of which left_out(index) is true.
  template <typename LeftOut>
  std::vector<const uint64_t*> passes_without(LeftOut&& left_out) const {
    std::vector<const uint64_t*> list;
    for (size_t rule = 0; rule < rules_.rules.size(); ++rule) {
      if (const RowBits* const bits = passes(rule); bits != nullptr && !left_out(rule)) {
        list.push_back(bits->data());
      }
    }
    return list;
  }

  RowVerdict verdict(uint64_t row) const;
  RowBits view(RowView view, size_t rule) const;

 private:
  // Bits of one rule.
  struct State {
    bool tested = false;
    RowBits bits;
    // "Each value once":
    std::optional<RepeatView> repeats;
    std::optional<RowBits> base;  // rows that pass however values are taken
    uint64_t alone = 0;
  };

  const TextVerdicts* scanned(const ColumnRule& rule) const;
  /// Whether a rule that is on looks at these texts.
  bool is_asked_for(const ColumnRule& texts) const;
  /// Tests what is not tested and counts everything. Rules before `first_changed` are as they were.
  void evaluate(size_t first_changed);
  void judge_unique(size_t index);
  void count_by_hand();

  std::shared_ptr<const ColumnStore> store_;
  WorkerPool* pool_;
  const columns::ScanKernels* kernels_;
  FilterRules rules_;
  std::vector<State> states_;
  std::vector<TextVerdicts> scanned_;
  RowBits kept_;
  RowBits came_so_far_;
  std::vector<uint8_t> taken_;
  std::vector<uint64_t> keep_rows_;  // named in rules_.keep, ascending
  std::vector<uint64_t> drop_rows_;
  FilterCounts counts_;
  std::vector<uint64_t> only_;
  std::vector<size_t> pending_;
};

}  // namespace darkroom
