// SPDX-License-Identifier: Apache-2.0
// Stage: WebDataset tars -> a parquet file of caption rows a shard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/dataset/quarantine.h"

namespace darkroom {

struct TokenizeOptions {
  int64_t min_caption_chars = 1;  ///< Unicode characters after trimming; the source run asked for 10
  bool perceptual_hash = true;    ///< decode each picture, at an eighth where that is enough, for its perceptual hash
  int threads = 0;                ///< 0: one a core
};

struct TokenizeSummary {
  std::vector<std::filesystem::path> files;  ///< a finished file a shard, in the order of the shards
  std::vector<QuarantinedItem> quarantined;
  uint64_t rows = 0;
  uint64_t shards_done = 0;
  uint64_t shards_skipped = 0;  ///< were finished by an earlier run
};

/// Reads captions and pictures of each shard, tokenises, and writes `out`/<shard's name>.tokens.parquet (ParquetRecordWriter) and
/// `out`/quarantine.jsonl.
///
/// A sample needs a picture (jpg, jpeg, png, webp) with a sound header and a caption: its txt, else "caption" of its json; everything else
/// is quarantined with a reason. A picture whose header is sound and whose pixels are not has no perceptual hash; a later stage drops it.
/// The json's aesthetic score, under any of the names of MetadataColumn::aesthetic, comes along. A shard that an earlier run finished from
/// the same file with the same options is not read again: a run that was killed and goes on ends with the same bytes.
/// shards  tars with different file names
/// throws  Error{bad_input}: two shards of one name, a file that is no tar; Error{cancelled} between shards
TokenizeSummary tokenize_shards(const std::vector<std::filesystem::path>& shards, const std::filesystem::path& out,
                                const TokenizeOptions& options, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
