// SPDX-License-Identifier: Apache-2.0
// Stage: caption rows -> the dataset folder, split into train and validation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/dataset/near_duplicates.h"

namespace darkroom {

struct SplitOptions {
  double validation_share = 0.05;  ///< 0…0.5 of the rows
  uint64_t validation_max = 500;   ///< rows at most
  uint64_t seed = 42;
  /// Pictures whose perceptual hashes differ in at most so many bits, and chains of such, fall on one side. Absent: only copies to the
  /// byte.
  std::optional<int> near_distance = default_hash_distance;
};

/// Rows that are not wanted, by image_key.
struct DropList {
  std::unordered_set<std::string> keys;
  std::string origin;  ///< the file that names them, for the reason
};

/// The "drop" overrides of a rules file, as `data dedup` writes one. throws  Error{not_found | bad_input} naming the file
DropList read_drop_list(const std::filesystem::path& rules_file);

struct BuildArrowSummary {
  uint64_t train_rows = 0;
  uint64_t validation_rows = 0;
  uint64_t near_groups = 0;   ///< groups of two and more pictures that are nearly the same
  uint64_t dropped_rows = 0;  ///< by the list
  bool skipped = false;       ///< an earlier run made the same from the same
};

/// Writes `dataset`/train and `dataset`/validation and dataset_dict.json, in the order of the rows, and quarantine.jsonl: what the stages
/// before left out, and what the list drops.
///
/// Which rows validate depends on the seed and the picture's hash (of a group: of its first picture) alone: the splits are disjoint, and
/// copies of one picture fall on the same side. Without validation rows there is no validation folder. Every row's checksum is compared.
/// Two passes over the inputs; memory is about 40 bytes a row.
/// given    what record_inputs understands, in order
/// throws   Error{bad_input}: no rows at all, an image_key that stands twice, a row whose caption, key and picture do not belong together;
///          Error{cancelled}
BuildArrowSummary build_arrow(const std::vector<std::filesystem::path>& given, const std::filesystem::path& dataset,
                              const SplitOptions& options, const ProgressSink& sink, const CancelToken& cancel, const DropList& drop = {});

/// What build_arrow made the dataset from and with which options; null when it is not one of its own.
Json arrow_recipe(const std::filesystem::path& dataset);

}  // namespace darkroom
