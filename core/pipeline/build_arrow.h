// SPDX-License-Identifier: Apache-2.0
// Stage: folders of caption rows -> the dataset folder, split into train and validation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"

namespace darkroom {

struct SplitOptions {
  double validation_share = 0.05;  ///< 0…0.5 of the rows
  uint64_t validation_max = 500;   ///< rows at most
  uint64_t seed = 42;
};

struct BuildArrowSummary {
  uint64_t train_rows = 0;
  uint64_t validation_rows = 0;
  bool skipped = false;  ///< an earlier run made the same from the same
};

/// Writes `dataset`/train and `dataset`/validation and dataset_dict.json, in the order of the rows.
///
/// Which rows validate depends on the seed and the picture's hash alone: the splits are disjoint, and copies of one picture fall on the
/// same side. Without validation rows there is no validation folder.
/// folders  of tokenize_shards, in order
/// throws   Error{bad_input}: no rows at all, an image_key that stands twice; Error{cancelled}
BuildArrowSummary build_arrow(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& dataset,
                              const SplitOptions& options, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
