// SPDX-License-Identifier: Apache-2.0
// Stage: caption rows with perceptual hashes -> which pictures are there more than once, and which of each to keep.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/dataset/near_duplicates.h"

namespace darkroom {

/// What makes a picture the one to keep of its group. Ties go to the other criterion, then to the first in the order of the input.
enum class KeepRule {
  largest,    ///< most pixels
  aesthetic,  ///< highest score; those without one last
  first,      ///< neither
};

struct DedupOptions {
  int distance = default_hash_distance;  ///< bits of 64, 0…11
  KeepRule keep = KeepRule::largest;
  int threads = 0;  ///< 0: one a core
};

struct DedupSummary {
  uint64_t rows = 0;
  uint64_t without_hash = 0;  ///< rows that could not be compared
  uint64_t groups = 0;        ///< of two and more
  uint64_t dropped = 0;
};

/// Writes groups.jsonl, a group a line ({"keep": key, "drop": [{"key", "distance"}, …]}), and rules.json, whose overrides drop all but the
/// kept ones: for `data filter --rules` on the same rows, or `data arrow --drop`. Both appear complete, rules.json last.
///
/// given    what record_inputs understands, in order
/// memory   about 100 bytes a row and its key
/// throws   Error{bad_input}: an image_key that stands twice; as RecordReader; Error{cancelled}
DedupSummary dedup_pictures(const std::vector<std::filesystem::path>& given, const std::filesystem::path& out, const DedupOptions& options,
                            const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
