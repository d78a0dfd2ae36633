// SPDX-License-Identifier: Apache-2.0
// Blocks of 32,768 rows: the bits of a block are 4 KiB a rule and stay in the nearest cache between the test and the counting.
#include "core/columns/rule_bits.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "core/columns/bit_loops.h"
#include "core/columns/named_rows.h"
#include "core/columns/rule_check.h"

namespace darkroom {
namespace {

bool is_unique(const FilterRule& rule) { return std::holds_alternative<UniqueRule>(rule); }

bool same_texts(const ColumnRule& a, const ColumnRule& b) { return texts_of(a) == texts_of(b); }

// The same rows pass: whether it is on does not matter.
bool same_test(const FilterRule& a, const FilterRule& b) {
  const auto on = [](FilterRule rule) {
    std::visit([](auto& any) { any.enabled = true; }, rule);
    return rule;
  };
  return on(a) == on(b);
}

}  // namespace

RuleBits::RuleBits(std::shared_ptr<const ColumnStore> store, WorkerPool& pool)
    : store_(std::move(store)), pool_(&pool), kernels_(&columns::scan_kernels()), kept_(store_->rows()) {
  evaluate(0);
}

const RowBits* RuleBits::passes(size_t rule) const { return is_enabled(rules_.rules[rule]) ? &states_[rule].bits : nullptr; }

const TextVerdicts* RuleBits::scanned(const ColumnRule& rule) const {
  const auto found =
      std::find_if(scanned_.begin(), scanned_.end(), [&](const TextVerdicts& verdicts) { return same_texts(verdicts.rule, rule); });
  return found == scanned_.end() ? nullptr : &*found;
}

bool RuleBits::is_asked_for(const ColumnRule& texts) const {
  return std::any_of(rules_.rules.begin(), rules_.rules.end(), [&](const FilterRule& rule) {
    const auto* const column = std::get_if<ColumnRule>(&rule);
    return column != nullptr && column->enabled && same_texts(*column, texts);
  });
}

void RuleBits::set_rules(const FilterRules& rules) {
  check_rules(*store_, rules);
  std::vector<State> states(rules.rules.size());
  std::vector<State> spare;
  size_t first_changed = 0;
  while (first_changed < std::min(rules.rules.size(), rules_.rules.size()) && rules.rules[first_changed] == rules_.rules[first_changed]) {
    ++first_changed;
  }
  std::vector<bool> used(states_.size());
  for (size_t i = 0; i < states.size(); ++i) {
    for (size_t old = 0; old < states_.size(); ++old) {
      if (!used[old] && same_test(rules.rules[i], rules_.rules[old])) {
        states[i] = std::move(states_[old]);
        used[old] = true;
        break;
      }
    }
  }
  for (size_t old = 0; old < states_.size(); ++old) {
    if (!used[old] && states_[old].bits.rows() > 0) {
      spare.push_back(std::move(states_[old]));
    }
  }
  for (State& state : states) {
    if (state.bits.rows() == 0 && !spare.empty()) {
      state.bits = std::move(spare.back().bits);  // its memory, warm and mapped
      spare.pop_back();
    }
  }
  const bool hand_changed = rules.keep != rules_.keep || rules.drop != rules_.drop;
  rules_ = rules;
  states_ = std::move(states);
  if (hand_changed) {
    keep_rows_ = rows_named(*store_, rules_.keep, *pool_);
    drop_rows_ = rows_named(*store_, rules_.drop, *pool_);
  }
  evaluate(first_changed);
}

void RuleBits::add(const TextVerdicts& verdicts) {
  constexpr size_t most_scanned = 16;
  if (verdicts.passes == nullptr || verdicts.passes->rows() != store_->rows() || verdicts.has_text == nullptr ||
      verdicts.has_text->rows() != store_->rows()) {
    throw std::invalid_argument("[Crossfilter::add] the verdicts are of another set");
  }
  std::erase_if(scanned_, [&](const TextVerdicts& any) { return same_texts(any.rule, verdicts.rule); });
  if (scanned_.size() >= most_scanned) {
    const auto unused = std::find_if(scanned_.begin(), scanned_.end(), [&](const TextVerdicts& any) { return !is_asked_for(any.rule); });
    if (unused != scanned_.end()) {
      scanned_.erase(unused);
    }
  }
  scanned_.push_back(verdicts);
  size_t first_changed = rules_.rules.size();
  for (size_t i = rules_.rules.size(); i-- > 0;) {
    if (const auto* const rule = std::get_if<ColumnRule>(&rules_.rules[i]); rule != nullptr && same_texts(*rule, verdicts.rule)) {
      states_[i].tested = false;
      first_changed = i;
    }
  }
  evaluate(first_changed);
}

void RuleBits::evaluate(size_t first_changed) {
  const uint64_t words = kept_.words();
  std::vector<std::pair<size_t, RuleTest>> tests;
  std::vector<size_t> enabled;
  bool any_unique = false;
  pending_.clear();
  for (size_t i = 0; i < rules_.rules.size(); ++i) {
    if (!is_enabled(rules_.rules[i])) {
      continue;
    }
    enabled.push_back(i);
    State& state = states_[i];
    if (state.bits.rows() != store_->rows()) {
      state.bits = RowBits(store_->rows());
    }
    const auto* const rule = std::get_if<ColumnRule>(&rules_.rules[i]);
    if (rule == nullptr) {
      any_unique = any_unique || i >= first_changed || !state.tested;
      continue;
    }
    const TextVerdicts* const texts = scanned(*rule);
    if (texts == nullptr && RuleTest::needs_scan(*rule, *store_)) {
      pending_.push_back(i);
    }
    if (!state.tested) {
      tests.emplace_back(i, RuleTest(*rule, *store_, *kernels_, texts));
      state.tested = true;
    }
  }
  const size_t count = rules_.rules.size();
  std::vector<uint64_t> passing(count);
  std::vector<uint64_t> in_order(count);
  only_.assign(count, 0);
  const auto test_block = [&](uint64_t first, size_t size) {
    for (const auto& [index, test] : tests) {
      RowBits& bits = states_[index].bits;
      test.run(first, size, bits.data() + first);
      if (first + size == words) {
        bits.trim();
      }
    }
  };
  std::mutex mutex;
  const auto count_block = [&](uint64_t first, size_t size) {
    std::vector<const uint64_t*> list;
    list.reserve(enabled.size());
    for (const size_t rule : enabled) {
      list.push_back(states_[rule].bits.data() + first);
    }
    std::vector<uint64_t> sums(3 * enabled.size());
    const columns::RuleTally tally{sums.data(), sums.data() + enabled.size(), sums.data() + 2 * enabled.size()};
    const columns::ScanKernels& kernels = list.size() > columns::most_tally_rules ? columns::plain_scan_kernels() : *kernels_;
    kernels.tally(list.data(), list.size(), size, kept_.data() + first, tally);
    const std::lock_guard lock(mutex);
    for (size_t i = 0; i < enabled.size(); ++i) {
      passing[enabled[i]] += tally.passing[i];
      in_order[enabled[i]] += tally.in_order[i];
      only_[enabled[i]] += tally.only[i];
    }
  };
  if (any_unique) {
    if (!tests.empty()) {
      pool_->run_blocks(words, block_words, test_block);
    }
    for (const size_t rule : enabled) {
      if (is_unique(rules_.rules[rule]) && (rule >= first_changed || !states_[rule].tested)) {
        judge_unique(rule);
      }
    }
    pool_->run_blocks(words, block_words, count_block);
  } else {
    pool_->run_blocks(words, block_words, [&](uint64_t first, size_t size) {
      test_block(first, size);
      count_block(first, size);
    });
  }
  // The bits behind the last row fail every rule.
  const uint64_t behind = words * 64 - store_->rows();
  if (!enabled.empty()) {
    in_order[enabled.front()] -= behind;
    only_[enabled.front()] -= enabled.size() == 1 ? behind : 0;
  }
  kept_.trim();
  counts_ = {};
  counts_.rows = store_->rows();
  counts_.rules.resize(count);
  uint64_t dropped = 0;
  for (const size_t rule : enabled) {
    counts_.rules[rule].alone = is_unique(rules_.rules[rule]) ? states_[rule].alone : store_->rows() - passing[rule];
    counts_.rules[rule].in_order = in_order[rule];
    dropped += in_order[rule];
  }
  counts_.kept = store_->rows() - dropped;
  count_by_hand();
}

void RuleBits::judge_unique(size_t index) {
  State& state = states_[index];
  const auto& rule = std::get<UniqueRule>(rules_.rules[index]);
  const ColumnArrays& arrays = store_->data().of(rule.column);
  if (!state.repeats) {
    state.repeats = repeats_of(arrays, store_->rows());
    state.base.emplace(store_->rows());
    state.base->fill();
    if (rule.nulls == NullVerdict::drop) {
      state.base = rows_with_value(arrays, store_->rows());
    }
    state.alone = store_->rows() - state.base->count() + state.repeats->rows.size() - state.repeats->groups;
  }
  if (came_so_far_.rows() != store_->rows()) {
    came_so_far_ = RowBits(store_->rows());
  }
  const std::vector<const uint64_t*> before = passes_without([index](size_t other) { return other >= index; });
  pool_->run_blocks(kept_.words(), block_words, [&](uint64_t first, size_t size) {
    std::copy_n(state.base->data() + first, size, state.bits.data() + first);
    std::fill_n(came_so_far_.data() + first, size, ~uint64_t{0});
    for (const uint64_t* const bits : before) {
      columns::and_into(came_so_far_.data() + first, bits + first, size);
    }
  });
  clear_repeats(*state.repeats, came_so_far_, taken_, state.bits);
  state.tested = true;
}

void RuleBits::count_by_hand() {
  for (const uint64_t row : keep_rows_) {
    counts_.kept_by_hand += kept_.test(row) ? 0 : 1;
  }
  for (const uint64_t row : drop_rows_) {
    counts_.dropped_by_hand += kept_.test(row) ? 1 : 0;
  }
  counts_.kept += counts_.kept_by_hand;
  counts_.kept -= counts_.dropped_by_hand;
}

RowVerdict RuleBits::verdict(uint64_t row) const {
  if (kept_.test(row)) {
    return std::binary_search(drop_rows_.begin(), drop_rows_.end(), row) ? verdict_dropped_by_hand : verdict_kept;
  }
  if (std::binary_search(keep_rows_.begin(), keep_rows_.end(), row)) {
    return verdict_kept_by_hand;
  }
  for (size_t rule = 0; rule < rules_.rules.size(); ++rule) {
    if (const RowBits* const bits = passes(rule); bits != nullptr && !bits->test(row)) {
      return static_cast<RowVerdict>(rule);
    }
  }
  return verdict_kept;
}

RowBits RuleBits::view(RowView view, size_t rule) const {
  RowBits bits(store_->rows());
  const uint64_t words = bits.words();
  const auto invert = [&](const uint64_t* other) {  // bits = bits & ~other
    for (uint64_t word = 0; word < words; ++word) {
      bits.data()[word] &= ~other[word];
    }
  };
  if (view != RowView::kept) {
    bits.fill();
  }
  switch (view) {
    case RowView::all:
      break;
    case RowView::kept:
    case RowView::dropped:
      if (view == RowView::kept) {
        bits = kept_;
      } else {
        invert(kept_.data());
      }
      for (const uint64_t row : keep_rows_) {
        view == RowView::kept ? bits.set(row) : bits.clear(row);
      }
      for (const uint64_t row : drop_rows_) {
        if (kept_.test(row)) {
          view == RowView::kept ? bits.clear(row) : bits.set(row);
        }
      }
      break;
    case RowView::dropped_by:
    case RowView::dropped_only_by: {
      const RowBits* const own = rule < rules_.rules.size() ? passes(rule) : nullptr;
      if (own == nullptr) {
        return RowBits(store_->rows());
      }
      const bool by_order = view == RowView::dropped_by;
      for (const uint64_t* const other : passes_without([&](size_t any) { return any == rule || (by_order && any > rule); })) {
        columns::and_into(bits.data(), other, words);
      }
      invert(own->data());
      for (const uint64_t row : keep_rows_) {
        bits.clear(row);
      }
      break;
    }
  }
  return bits;
}

}  // namespace darkroom
