// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "core/columns/rule_bits.h"

namespace darkroom {

/// The histograms of all columns with numbers, kept up to date by the rows that changed sides.
class HistogramBoard {
 public:
  /// bins  0: no histograms
  HistogramBoard(std::shared_ptr<const ColumnStore> store, WorkerPool& pool, unsigned bins, HistogramRows rows);

  /// After the rules changed. The first call counts everything.
  void update(const RuleBits& rules);
  /// These count everything that they concern anew with the next update().
  void set_view(MetadataColumn column, double low, double high);
  void set_rows(HistogramRows rows);

  std::vector<Histogram> histograms() const;

 private:
  using Counts = std::array<uint64_t, 256>;

  struct Track {
    MetadataColumn column = MetadataColumn::aesthetic;
    columns::CodeScale scale;
    const uint8_t* codes = nullptr;
    std::vector<uint8_t> own_codes;
    Counts all{};
    Counts chosen{};
    bool counted = false;  // chosen belongs to masks_
  };

  // Rows that histograms count; a column without rules of its own counts the kept rows.
  struct Masks {
    RowBits kept;
    std::map<MetadataColumn, RowBits> own;
    const RowBits& of(MetadataColumn column) const;
  };

  // How the counts of a column are brought up to date.
  enum class Way { nothing, anew, complement, changes };
  struct Job {
    Track* track = nullptr;
    Way way = Way::anew;
    const RowBits* before = nullptr;
    const RowBits* after = nullptr;
  };

  void make_masks(const RuleBits& rules);
  Way best_way(const Track& track, const RowBits& before, const RowBits& after);
  void count(const std::vector<Job>& jobs);
  void count_all(Track& track);
  void make_codes(Track& track, double low, double high);

  std::shared_ptr<const ColumnStore> store_;
  WorkerPool* pool_;
  const columns::ScanKernels* kernels_;
  unsigned bins_;
  HistogramRows rows_;
  std::vector<Track> tracks_;
  Masks masks_;
  Masks next_;
};

}  // namespace darkroom
