// SPDX-License-Identifier: Apache-2.0
// Stage: WebDataset tars -> one folder of caption rows a shard.
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
  int threads = 0;                ///< 0: one a core
};

struct TokenizeSummary {
  std::vector<std::filesystem::path> folders;  ///< a finished folder a shard, in the order of the shards
  std::vector<QuarantinedItem> quarantined;
  uint64_t rows = 0;
  uint64_t shards_done = 0;
  uint64_t shards_skipped = 0;  ///< were finished by an earlier run
};

/// Reads captions and picture headers of each shard, tokenises, and writes `work`/<shard name>/ as an Arrow dataset.
///
/// A sample needs a picture (jpg, jpeg, png, webp) with a sound header and a caption: its txt, else "caption" of its json; everything else
/// is quarantined with a reason. A shard that an earlier run finished from the same file with the same options is not read again.
/// shards  tars with different file names
/// throws  Error{bad_input}: two shards of one name, a file that is no tar; Error{cancelled} between shards
TokenizeSummary tokenize_shards(const std::vector<std::filesystem::path>& shards, const std::filesystem::path& work,
                                const TokenizeOptions& options, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
