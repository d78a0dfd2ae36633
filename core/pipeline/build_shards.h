// SPDX-License-Identifier: Apache-2.0
// Stage: a set of captioned pictures -> WebDataset tars of square JPEGs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/dataset/quarantine.h"
#include "core/source/picture_source.h"

namespace darkroom {

struct ShardOptions {
  int size = 512;    ///< side of the square, px
  int min_side = 0;  ///< shorter side of the part that is cut out, px; smaller pictures are left out. 0: any
  int quality = 95;  ///< JPEG, 1…100
  int64_t min_caption_chars = 1;
  int threads = 0;  ///< 0: one a core
};

struct ShardSummary {
  std::vector<std::filesystem::path> shards;
  std::vector<QuarantinedItem> quarantined;
  uint64_t pictures = 0;
  uint64_t shards_skipped = 0;  ///< were finished by an earlier run
};

/// Decodes, crops (around the box, where there is one; else the largest centred square), resizes and writes `out`/<part>.tar with jpg, txt
/// and json a sample, and <part>_stats.json, whose presence says that the shard is done.
///
/// Keys are "<number in the part>", nine digits; the json holds source_key, original_width, original_height, crop, source_hash (of the
/// bytes that were read) and what the set says. A picture that cannot be used is quarantined with a reason. Memory is bounded by the
/// batches in flight. A shard that an earlier run finished from the same files with the same options is not made again: a run that was
/// killed and goes on ends with the same bytes as one that was not. throws  Error{cancelled} between batches; Error{io | bad_input} naming
/// the file
ShardSummary build_shards(const PictureSource& source, const std::filesystem::path& out, const ShardOptions& options,
                          const ProgressSink& sink, const CancelToken& cancel);

/// The square that is cut out of a picture: around `box` where there is one (its longer side, moved and limited to lie inside), else the
/// largest centred one.
Rectangle square_part(int width, int height, const std::optional<Rectangle>& box);

}  // namespace darkroom
