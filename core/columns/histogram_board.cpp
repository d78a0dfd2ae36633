// SPDX-License-Identifier: Apache-2.0
// A movement of a threshold changes few rows: their codes are added and taken away. After a jump it can be less work to count the chosen
// rows anew, or those that are not chosen: whichever is the fewest rows.
#include "core/columns/histogram_board.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "core/columns/bit_loops.h"
#include "core/columns/histogram_codes.h"

namespace darkroom {
namespace {

constexpr uint64_t mask_block_words = 1024;
constexpr uint64_t count_block_words = 8192;
constexpr size_t piece_words = 256;

// Adds up the tables that were counted side by side.
void fold(const columns::CodeCounts& tables, std::array<int64_t, 256>& sums, int64_t sign) {
  for (size_t i = 0; i < tables.size(); ++i) {
    sums[i % 256] += sign * static_cast<int64_t>(tables[i]);
  }
}

}  // namespace

HistogramBoard::HistogramBoard(std::shared_ptr<const ColumnStore> store, WorkerPool& pool, unsigned bins, HistogramRows rows)
    : store_(std::move(store)), pool_(&pool), kernels_(&columns::scan_kernels()), bins_(bins), rows_(rows) {
  if (bins == 1 || bins > columns::most_bins) {
    throw std::invalid_argument("[Crossfilter] bins must be 0 (no histograms) or 2 to 240");
  }
  for (const StoredColumn& column : store_->columns()) {
    if (column.numbers && bins > 0) {
      Track track;
      track.column = column.column;
      tracks_.push_back(std::move(track));
      make_codes(tracks_.back(), column.view_low, column.view_high);
    }
  }
}

const RowBits& HistogramBoard::Masks::of(MetadataColumn column) const {
  const auto found = own.find(column);
  return found == own.end() ? kept : found->second;
}

void HistogramBoard::make_codes(Track& track, double low, double high) {
  const StoredColumn& column = *store_->find(track.column);
  const ColumnArrays& arrays = store_->data().of(track.column);
  track.scale = code_scale(low, high, bins_);
  track.counted = false;
  if (bins_ == stored_bins && low == column.view_low && high == column.view_high) {
    track.own_codes = {};
    track.codes = arrays.bins;
  } else {
    const uint64_t rows = store_->rows();
    track.own_codes.assign(padded_rows(rows), columns::code_empty);
    pool_->run_blocks(rows, mask_block_words * 64, [&](uint64_t first, uint64_t count) {
      encode_rows(arrays, first, count, track.scale, track.own_codes.data() + first);
    });
    track.codes = track.own_codes.data();
  }
  count_all(track);
}

void HistogramBoard::count_all(Track& track) {
  RowBits every(store_->rows());
  every.fill();
  track.chosen = {};
  count({{.track = &track, .way = Way::anew, .before = nullptr, .after = &every}});
  track.all = track.chosen;
}

void HistogramBoard::set_view(MetadataColumn column, double low, double high) {
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high)) {
    throw std::invalid_argument("[Crossfilter::set_view] low must be below high, both finite");
  }
  for (Track& track : tracks_) {
    if (track.column == column) {
      make_codes(track, low, high);
    }
  }
}

void HistogramBoard::set_rows(HistogramRows rows) { rows_ = rows; }

void HistogramBoard::make_masks(const RuleBits& rules) {
  next_.kept = rules.kept();
  std::map<MetadataColumn, RowBits> own;
  const std::vector<FilterRule>& list = rules.rules().rules;
  for (const Track& track : tracks_) {
    const bool has_rule =
        std::any_of(list.begin(), list.end(), [&](const FilterRule& rule) { return is_enabled(rule) && column_of(rule) == track.column; });
    if (rows_ == HistogramRows::others && has_rule) {
      const auto old = next_.own.find(track.column);
      own[track.column] = old == next_.own.end() ? RowBits(store_->rows()) : std::move(old->second);
    }
  }
  next_.own = std::move(own);
  std::vector<std::pair<RowBits*, std::vector<const uint64_t*>>> work;
  for (auto& [column, bits] : next_.own) {
    const MetadataColumn own_column = column;
    work.emplace_back(&bits, rules.passes_without([&](size_t rule) { return column_of(list[rule]) == own_column; }));
  }
  const uint64_t words = next_.kept.words();
  pool_->run_blocks(work.empty() ? 0 : words, mask_block_words, [&](uint64_t first, size_t size) {
    for (auto& [bits, others] : work) {
      uint64_t* const to = bits->data() + first;
      if (others.empty()) {
        std::fill_n(to, size, ~uint64_t{0});
      } else {
        std::copy_n(others.front() + first, size, to);
      }
      for (size_t i = 1; i < others.size(); ++i) {
        columns::and_into(to, others[i] + first, size);
      }
      if (first + size == words) {
        bits->trim();
      }
    }
  });
}

HistogramBoard::Way HistogramBoard::best_way(const Track& track, const RowBits& before, const RowBits& after) {
  std::atomic<uint64_t> chosen_sum{0};
  std::atomic<uint64_t> changed_sum{0};
  pool_->run_blocks(after.words(), count_block_words, [&](uint64_t first, size_t size) {
    chosen_sum += columns::count_ones(after.data() + first, size);
    changed_sum += track.counted ? columns::count_changes(before.data() + first, after.data() + first, size) : 0;
  });
  const uint64_t chosen = chosen_sum;
  const uint64_t others = after.rows() - chosen;
  const uint64_t changed = track.counted ? changed_sum.load() : after.rows() + 1;
  if (changed == 0) {
    return Way::nothing;
  }
  if (changed <= std::min(chosen, others)) {
    return Way::changes;
  }
  return chosen <= others ? Way::anew : Way::complement;
}

void HistogramBoard::update(const RuleBits& rules) {
  if (tracks_.empty()) {
    return;
  }
  make_masks(rules);
  std::vector<Job> jobs;
  std::map<std::pair<const RowBits*, const RowBits*>, Way> known;  // columns without rules share their masks
  for (Track& track : tracks_) {
    Job job{.track = &track, .way = Way::anew, .before = &masks_.of(track.column), .after = &next_.of(track.column)};
    track.counted = track.counted && job.before->rows() == store_->rows();
    const auto key = std::pair(track.counted ? job.before : nullptr, job.after);
    const auto found = known.find(key);
    job.way = found != known.end() ? found->second : best_way(track, *job.before, *job.after);
    known[key] = job.way;
    if (job.way == Way::anew) {
      track.chosen = {};
    } else if (job.way == Way::complement) {
      track.chosen = track.all;
    }
    if (job.way != Way::nothing) {
      jobs.push_back(job);
    }
    track.counted = true;
  }
  count(jobs);
  std::swap(masks_, next_);
}

void HistogramBoard::count(const std::vector<Job>& jobs) {
  const uint64_t words = (store_->rows() + 63) / 64;
  const size_t blocks = (words + count_block_words - 1) / count_block_words;
  std::mutex mutex;
  pool_->run(blocks * jobs.size(), [&](size_t task) {
    const Job& job = jobs[task / blocks];
    const uint64_t begin = (task % blocks) * count_block_words;
    const uint64_t end = std::min(begin + count_block_words, words);
    columns::CodeCounts added{};
    columns::CodeCounts removed{};
    std::array<uint64_t, piece_words> add;
    std::array<uint64_t, piece_words> remove;
    for (uint64_t first = begin; first < end; first += piece_words) {
      const auto size = static_cast<size_t>(std::min<uint64_t>(piece_words, end - first));
      const uint8_t* const codes = job.track->codes + first * 64;
      const uint64_t* const after = job.after->data() + first;
      switch (job.way) {
        case Way::anew:
          kernels_->count_codes(codes, after, size, added);
          break;
        case Way::complement:
          std::transform(after, after + size, remove.begin(), [](uint64_t word) { return ~word; });
          if (first + size == words) {
            remove[size - 1] &= last_word_mask(store_->rows());
          }
          kernels_->count_codes(codes, remove.data(), size, removed);
          break;
        case Way::changes:
          columns::split_changes(job.before->data() + first, after, size, add.data(), remove.data());
          kernels_->count_codes(codes, add.data(), size, added);
          kernels_->count_codes(codes, remove.data(), size, removed);
          break;
        case Way::nothing:
          break;
      }
    }
    std::array<int64_t, 256> sums{};
    fold(added, sums, 1);
    fold(removed, sums, -1);
    const std::lock_guard lock(mutex);
    for (size_t code = 0; code < sums.size(); ++code) {
      job.track->chosen[code] += static_cast<uint64_t>(sums[code]);
    }
  });
}

std::vector<Histogram> HistogramBoard::histograms() const {
  std::vector<Histogram> list;
  list.reserve(tracks_.size());
  for (const Track& track : tracks_) {
    list.push_back({.column = track.column,
                    .low = track.scale.low,
                    .high = track.scale.high,
                    .all = {track.all.begin(), track.all.begin() + bins_},
                    .chosen = {track.chosen.begin(), track.chosen.begin() + bins_},
                    .chosen_below = track.chosen[columns::code_below],
                    .chosen_above = track.chosen[columns::code_above],
                    .chosen_empty = track.chosen[columns::code_empty]});
  }
  return list;
}

}  // namespace darkroom
