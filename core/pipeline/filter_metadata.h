// SPDX-License-Identifier: Apache-2.0
// Stage: metadata -> metadata of the rows that rules keep.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/filter/row_filter.h"

namespace darkroom {

struct FilterSummary {
  FilterCounts counts;
  std::vector<std::filesystem::path> files;  ///< written or found written, one an input
  uint64_t files_skipped = 0;                ///< were finished by an earlier run
};

/// The parquet files that inputs name: files as they are, of a folder all *.parquet below it, sorted by path. Nothing twice.
/// throws  Error{not_found} for an input that is not there or a folder without parquet files; Error{bad_input} for two files of one name
std::vector<std::filesystem::path> metadata_inputs(const std::vector<std::filesystem::path>& inputs);

/// Applies the rules to the files: on all cores, up to eight files at once, or in order where a rule keeps "each value once", which counts
/// over all of them.
///
/// out  folder: `<name of the input>.parquet` with every column of the kept rows, and filter.json with the rules and counts, written last.
///      Absent: only counts, from the needed columns.
/// A file that an earlier run finished, with the same inputs and rules up to it, is counted again and not written again: the result of a
/// run that was killed and goes on has the same bytes as one that was not.
/// throws  Error{not_found | bad_input | io} naming the file; Error{cancelled} between batches
FilterSummary filter_metadata(const std::vector<std::filesystem::path>& files, const FilterRules& rules,
                              const std::optional<std::filesystem::path>& out, const ProgressSink& sink, const CancelToken& cancel);

/// Counts what the rules keep by the column cache below `cache_root` (core/columns), which is made first where it is not there. The counts
/// are those of filter_metadata; the second time only columns in memory are looked at. Texts in patterns are read from the files each time.
/// throws  as ColumnStore::open_or_import, Crossfilter::set_rules and scan_texts
FilterSummary count_metadata(const std::vector<std::filesystem::path>& files, const FilterRules& rules,
                             const std::filesystem::path& cache_root, const ProgressSink& sink, const CancelToken& cancel);

/// {"rows":N,"kept":K,"kept_by_hand":…,"dropped_by_hand":…,"dropped":[{"rule":0,"text":"aesthetic >= 6.5","alone":A,"in_order":B},…]}
Json to_json(const FilterCounts& counts, const FilterRules& rules);

}  // namespace darkroom
