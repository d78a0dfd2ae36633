// SPDX-License-Identifier: Apache-2.0
#include "core/columns/crossfilter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <mutex>
#include <stdexcept>

#include "core/columns/bit_loops.h"
#include "core/columns/histogram_board.h"
#include "core/columns/rule_bits.h"

namespace darkroom {
namespace {

// Bounds that a rule has, as a person sees them.
std::vector<double> bounds_of(const ColumnRule& rule) {
  std::vector<double> bounds;
  for (const std::optional<double>& bound : {rule.min, rule.above, rule.max, rule.below}) {
    if (bound) {
      bounds.push_back(*bound);
    }
  }
  return bounds;
}

struct EdgeCandidate {
  double distance = 0;
  EdgeRow row;
};

// The nearest `limit`, sorted.
std::vector<EdgeRow> nearest(std::vector<EdgeCandidate>& candidates, size_t limit) {
  const auto before = [](const EdgeCandidate& a, const EdgeCandidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row.row < b.row.row;
  };
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, candidates.size()));
  std::partial_sort(candidates.begin(), candidates.begin() + count, candidates.end(), before);
  std::vector<EdgeRow> rows;
  std::transform(candidates.begin(), candidates.begin() + count, std::back_inserter(rows),
                 [](const EdgeCandidate& any) { return any.row; });
  return rows;
}

}  // namespace

struct Crossfilter::Impl {
  Impl(std::shared_ptr<const ColumnStore> given, const CrossfilterOptions& options)
      : store(std::move(given)), pool(options.threads), rules(store, pool), board(store, pool, options.bins, options.histogram_rows) {
    board.update(rules);
    refresh();
  }

  void refresh() {
    result.counts = rules.counts();
    result.only = rules.only();
    result.pending = rules.pending();
    result.histograms = board.histograms();
  }

  std::shared_ptr<const ColumnStore> store;
  WorkerPool pool;
  RuleBits rules;
  HistogramBoard board;
  CrossfilterResult result;
};

Crossfilter::Crossfilter(std::shared_ptr<const ColumnStore> store, const CrossfilterOptions& options)
    : impl_(std::make_unique<Impl>(std::move(store), options)) {}
Crossfilter::~Crossfilter() = default;
Crossfilter::Crossfilter(Crossfilter&&) noexcept = default;
Crossfilter& Crossfilter::operator=(Crossfilter&&) noexcept = default;

const CrossfilterResult& Crossfilter::set_rules(const FilterRules& rules) {
  impl_->rules.set_rules(rules);
  impl_->board.update(impl_->rules);
  impl_->refresh();
  return impl_->result;
}

const CrossfilterResult& Crossfilter::add(const TextVerdicts& verdicts) {
  impl_->rules.add(verdicts);
  impl_->board.update(impl_->rules);
  impl_->refresh();
  return impl_->result;
}

const CrossfilterResult& Crossfilter::set_view(MetadataColumn column, double low, double high) {
  impl_->board.set_view(column, low, high);
  impl_->board.update(impl_->rules);
  impl_->refresh();
  return impl_->result;
}

const CrossfilterResult& Crossfilter::set_histogram_rows(HistogramRows rows) {
  impl_->board.set_rows(rows);
  impl_->board.update(impl_->rules);
  impl_->refresh();
  return impl_->result;
}

const CrossfilterResult& Crossfilter::result() const { return impl_->result; }
const FilterRules& Crossfilter::rules() const { return impl_->rules.rules(); }

RowSet Crossfilter::rows(RowView view, size_t rule) const { return RowSet(impl_->rules.view(view, rule)); }

std::vector<RowVerdict> Crossfilter::verdicts(std::span<const uint64_t> rows) const {
  std::vector<RowVerdict> list;
  list.reserve(rows.size());
  for (const uint64_t row : rows) {
    if (row >= impl_->store->rows()) {
      throw std::out_of_range("[Crossfilter::verdicts] the store has fewer rows");
    }
    list.push_back(impl_->rules.verdict(row));
  }
  return list;
}

// The window around the bounds grows until it holds enough rows of both sides: a few fast scans instead of a slow look at every value.
EdgeRows Crossfilter::edge(size_t rule, size_t limit) const {
  constexpr double first_part = 1.0 / 4096;
  constexpr double growth = 8;
  const RuleBits& rules = impl_->rules;
  const RowBits* const own = rule < rules.rules().rules.size() ? rules.passes(rule) : nullptr;
  const auto* const column_rule = own == nullptr ? nullptr : std::get_if<ColumnRule>(&rules.rules().rules[rule]);
  if (column_rule == nullptr || limit == 0) {
    return {};
  }
  const std::vector<double> bounds = bounds_of(*column_rule);
  const StoredColumn* const stored = impl_->store->find(column_rule->column);
  if (bounds.empty() || stored == nullptr || !stored->numbers || stored->min > stored->max) {
    return {};
  }
  const ColumnArrays& arrays = impl_->store->data().of(column_rule->column);
  const std::vector<const uint64_t*> others = rules.passes_without([rule](size_t other) { return other == rule; });
  const uint64_t words = own->words();
  double reach = 0;  // with which a window holds every value
  for (const double bound : bounds) {
    reach = std::max({reach, std::fabs(bound - stored->min), std::fabs(bound - stored->max)});
  }
  for (double part = (stored->view_high - stored->view_low) * first_part;; part *= growth) {
    const bool last = part >= reach;
    const double window = last ? std::numeric_limits<double>::infinity() : part;
    std::vector<NumberTest> tests;
    tests.reserve(bounds.size());
    for (const double bound : bounds) {
      tests.emplace_back(arrays, ValueRange{.low = bound - window, .high = bound + window}, columns::scan_kernels());
    }
    std::vector<EdgeCandidate> passing;
    std::vector<EdgeCandidate> failing;
    std::mutex mutex;
    impl_->pool.run_blocks(words, block_words, [&](uint64_t first, size_t size) {
      std::array<uint64_t, block_words> inside{};
      std::array<uint64_t, block_words> one;
      for (const NumberTest& test : tests) {
        test.run(first, size, one.data());
        std::transform(inside.begin(), inside.begin() + static_cast<std::ptrdiff_t>(size), one.begin(), inside.begin(), std::bit_or<>());
      }
      for (const uint64_t* const other : others) {
        columns::and_into(inside.data(), other + first, size);
      }
      if (first + size == words) {
        inside[size - 1] &= last_word_mask(own->rows());
      }
      std::vector<EdgeCandidate> pass;
      std::vector<EdgeCandidate> fail;
      for (size_t word = 0; word < size; ++word) {
        for (uint64_t left = inside[word]; left != 0; left &= left - 1) {
          const uint64_t row = (first + word) * 64 + static_cast<uint64_t>(std::countr_zero(left));
          const double value = arrays.number(row);
          double distance = std::numeric_limits<double>::infinity();
          for (const double bound : bounds) {
            distance = std::min(distance, std::fabs(value - bound));
          }
          (own->test(row) ? pass : fail).push_back({distance, {row, value}});
        }
      }
      const std::lock_guard lock(mutex);
      passing.insert(passing.end(), pass.begin(), pass.end());
      failing.insert(failing.end(), fail.begin(), fail.end());
    });
    if (last || (passing.size() >= limit && failing.size() >= limit)) {
      return {.passing = nearest(passing, limit), .failing = nearest(failing, limit)};
    }
  }
}

}  // namespace darkroom
