// SPDX-License-Identifier: Apache-2.0
// Stage: DiffusionDB's zips or JourneyDB's tgz from a hub -> WebDataset tars of small JPEGs, without ever holding the set on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/hub/repository_download.h"
#include "core/pipeline/build_shards.h"

namespace darkroom {

enum class PictureSet { diffusiondb, journeydb };
enum class AfterShard {
  keep_archive,
  remove_archive,  ///< as soon as its shard is on the disk
};

struct ArchiveFetch {
  RepositoryRequest repository;  ///< its patterns must choose archives, and for JourneyDB their annotations
  PictureSet kind = PictureSet::diffusiondb;
  std::filesystem::path shards_out;
  ShardOptions shards;
  CaptionOptions choice;
  AfterShard after = AfterShard::keep_archive;
};

struct ArchiveFetchSummary {
  std::string commit;
  uint64_t archives = 0;
  uint64_t archives_skipped = 0;  ///< their shards were finished by an earlier run
  uint64_t pictures = 0;
  uint64_t quarantined = 0;
  uint64_t downloaded_bytes = 0;
  CardLicense license;
  double seconds = 0;
};

/// Fetches what is no archive first, then one archive after the other: downloaded (resumed, verified), read as a stream into a shard, and
/// removed where that is asked for.
///
/// `shards_out`/fetched.json says which archive, by its hash, became which shard with which options: such an archive is not fetched again,
/// whether it is still there or not. quarantine.jsonl holds what was left out of all of them. What a killed run leaves is gone on with; the
/// shards end with the same bytes. Archives get the time 0, so that a shard does not depend on when its archive came.
/// throws  Error of download_repository and build_shards; Error{bad_input} when no archive is chosen or two have one name
ArchiveFetchSummary fetch_archives(const ArchiveFetch& fetch, const DownloadWatcher& watcher, const ProgressSink& sink,
                                   const CancelToken& cancel);

}  // namespace darkroom
