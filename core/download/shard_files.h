// SPDX-License-Identifier: Apache-2.0
// The three files of a shard, in img2dataset's layout: NNNNN.tar with what was got, NNNNN.parquet with every row, NNNNN_stats.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/download/shard_journal.h"
#include "core/download/shard_plan.h"
#include "core/download/url_table.h"

namespace darkroom {

struct ShardPaths {
  std::filesystem::path tar;
  std::filesystem::path parquet;
  std::filesystem::path stats;  ///< its presence says that the shard is done

  ShardPaths(const std::filesystem::path& folder, const std::string& name);
};

/// Names of the shards of a folder that are done, in order. throws std::filesystem::filesystem_error for a folder that cannot be read
std::vector<std::string> finished_shards(const std::filesystem::path& folder);

/// What a shard's stats say.
struct ShardStats {
  uint64_t count = 0;
  uint64_t successes = 0;
  uint64_t failed_to_download = 0;
  uint64_t failed_to_resize = 0;
  std::map<std::string, uint64_t> statuses;  ///< "success" and the words of failures

  void add(const ShardStats& other);
};

/// What stands in a row's error_message: the words that are counted, and behind a colon what exactly.
std::string message_of(const RowOutcome& outcome);

/// Writes the files of a shard whose rows have all ended: first the tar, then the parquet, then the stats, each by one rename.
///
/// Members and rows stand in the order of the input, times are 0, and so the same outcomes make the same bytes, in whatever order they
/// came. The stats' duration, start_time and end_time are 0 for that reason. throws Error{io}
void write_shard(const ShardPaths& paths, const ShardPlan& plan, const ShardSpec& shard, const UrlRows& rows, ShardJournal& journal,
                 const DownloadOptions& options);

/// throws  Error{not_found | io}, Error{bad_input} naming the file when it is not what write_shard wrote
ShardStats read_shard_stats(const std::filesystem::path& file);

/// A row of a finished shard, as its parquet has it.
struct WrittenRow {
  std::string key;
  std::string url;
  RowOutcome outcome;
};

/// Reads the rows of a finished shard in order. throws Error{not_found | bad_input} naming the file
void read_shard_rows(const std::filesystem::path& file, DigestKind hash, const std::function<void(uint64_t row, WrittenRow&&)>& take);

/// A row's picture in the tar; nothing where the tar has none.
using ReadPicture = std::function<std::optional<std::string>()>;

/// The same with the pictures of a format, which are read where they are asked for. throws also Error{io} naming the tar
void read_shard_pictures(const ShardPaths& paths, DigestKind hash, PictureFormat kind,
                         const std::function<void(uint64_t row, WrittenRow&&, const ReadPicture& picture)>& take);

}  // namespace darkroom
