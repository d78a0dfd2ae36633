// SPDX-License-Identifier: Apache-2.0
// Stage: kept rows of metadata -> WebDataset tars of their pictures, in img2dataset's layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/download/download_options.h"
#include "core/download/shard_files.h"

namespace darkroom {

struct DownloadSummary {
  ShardStats stats;  ///< of all shards
  uint64_t shards = 0;
  uint64_t shards_skipped = 0;    ///< were finished by an earlier run
  uint64_t rows_resumed = 0;      ///< had ended in an earlier run, in shards that were not finished
  uint64_t rows_reused = 0;       ///< their pictures were taken from options.earlier_folders in this run
  uint64_t downloaded_bytes = 0;  ///< in this run
  uint64_t rows_downloaded = 0;   ///< in this run, whatever became of them
  double seconds = 0;
};

/// Downloads the pictures of parquet files and writes `out`/NNNNN.tar, .parquet and _stats.json, then `out`/quarantine.jsonl with every row
/// that is in no tar and why. `out`/download.json holds what the shards were made from.
///
/// One thread moves bytes, `threads` decode and encode, one writes shards; at most three shards are under way, so that a slow host does not
/// hold up the others. Memory is bounded by the number of pictures in flight and by a budget for large ones, not by the input.
/// A row that has ended stands in `out`/_tmp/NNNNN.journal until its shard is written; a shard appears by renames, its stats last. What a
/// killed process leaves is gone on with, and ends with the same bytes as a run that was not killed, as long as the hosts say the same.
///
/// throws  Error{bad_input} when `out` was made from other inputs or with other options, naming the first difference; Error of UrlTable and
///         EarlierPictures; Error{io}; Error{cancelled} with all that has ended saved; Error{failed} in a build without libcurl, Arrow,
///         OpenCV or libarchive
DownloadSummary download_images(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out,
                                const DownloadOptions& options, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom
