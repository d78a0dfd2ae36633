// SPDX-License-Identifier: Apache-2.0
// What a set of caption rows is made of: sizes, shapes, captions, words, sources.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/json.h"
#include "core/base/progress.h"

namespace darkroom {

/// Of a number over all rows. Percentiles are those of the steps in which it is counted (aspect: 0.01; the others: whole numbers).
struct NumberSummary {
  double min = 0, max = 0, mean = 0;
  double p5 = 0, median = 0, p95 = 0;
};

struct NamedCount {
  std::string name;
  uint64_t count = 0;
  bool operator==(const NamedCount&) const = default;
};

struct DatasetStatistics {
  uint64_t rows = 0;
  NumberSummary width, height;  ///< px, over rows that say it
  NumberSummary aspect;         ///< width / height
  NumberSummary caption_chars;  ///< Unicode characters
  NumberSummary tokens;         ///< without start and end; the whole caption's
  NumberSummary aesthetic;      ///< over rows that have a score; in steps of 0.01
  uint64_t cut_captions = 0;    ///< longer than the 75 tokens that the text encoder sees
  uint64_t without_size = 0;    ///< rows that say no size
  uint64_t with_aesthetic = 0;
  uint64_t different_words = 0;
  std::vector<NamedCount> sizes;       ///< "512x512", the most frequent first
  std::vector<NamedCount> words;       ///< in lower case, the most frequent first
  std::vector<NamedCount> sources;     ///< shards
  std::vector<NamedCount> categories;  ///< where the set names them
};

/// Reads every row once. Memory is bounded: counts, and at most two million different words.
/// given  what record_inputs understands; most: entries a list has at most
DatasetStatistics dataset_statistics(const std::vector<std::filesystem::path>& given, size_t most, const ProgressSink& sink,
                                     const CancelToken& cancel);

Json to_json(const DatasetStatistics& statistics);

}  // namespace darkroom
