// SPDX-License-Identifier: Apache-2.0
// A shard of rows is filled at once: its pictures are grouped by the shards where they lie, and each of those is opened once, in whatever
// order the rows stand.
#include "core/download/earlier_pictures.h"

#include <xxhash.h>

#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/download/download_description.h"
#include "core/download/shard_files.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

uint64_t hash_of(std::string_view url) { return XXH3_64bits(url.data(), url.size()); }

}  // namespace

EarlierPictures::EarlierPictures(const std::vector<fs::path>& folders, const DownloadOptions& options, const CancelToken& cancel)
    : hash_(options.columns.hash_kind), format_(options.picture.format) {
  for (const fs::path& folder : folders) {
    const fs::path description = folder / download_description_name;
    if (!fs::exists(description)) {
      fail(ErrorCode::not_found, "{}: holds no download: there is no {}", folder.string(), download_description_name);
    }
    const std::string difference = description_difference(read_json_file(description), describe_pictures(options));
    if (!difference.empty()) {
      fail(ErrorCode::bad_input, "{}: its pictures were made {}, and cannot be used again", folder.string(), difference);
    }
    for (const std::string& name : finished_shards(folder)) {
      cancel.check();
      const auto shard = static_cast<uint32_t>(shards_.size());
      shards_.push_back({folder, name});
      read_shard_rows(ShardPaths(folder, name).parquet, hash_, [&](uint64_t row, WrittenRow&& written) {
        if (written.outcome.status == RowStatus::success) {
          places_[hash_of(written.url)] = {.shard = shard, .row = static_cast<uint32_t>(row)};
        }
      });
    }
  }
}

uint64_t EarlierPictures::copy_to(const UrlRows& rows, ShardJournal& journal, const std::function<void()>& between) const {
  std::map<uint32_t, std::unordered_multimap<uint32_t, uint64_t>> wanted;  // by shard: its row -> ours
  for (uint64_t row = 0; row < journal.rows(); ++row) {
    const std::optional<std::string_view> url = journal.outcome(row) == nullptr ? rows.url(row) : std::nullopt;
    if (const auto found = url ? places_.find(hash_of(*url)) : places_.end(); found != places_.end()) {
      wanted[found->second.shard].emplace(found->second.row, row);
    }
  }
  uint64_t copied = 0;
  for (const auto& [number, rows_of_shard] : wanted) {
    const std::unordered_multimap<uint32_t, uint64_t>& ours = rows_of_shard;  // a lambda takes no structured binding
    const ShardPaths paths(shards_[number].folder, shards_[number].name);
    between();
    read_shard_pictures(paths, hash_, format_, [&](uint64_t row, WrittenRow&& written, const ReadPicture& picture) {
      const auto [first, last] = ours.equal_range(static_cast<uint32_t>(row));
      for (auto at = first; at != last; ++at) {
        between();
        const std::string published = rows.published_hash(at->second);
        if (rows.url(at->second) != written.url || !(published.empty() || published == written.outcome.hash)) {
          continue;
        }
        if (const std::optional<std::string> bytes = picture()) {
          journal.record(at->second, written.outcome, *bytes);
          ++copied;
        }
      }
    });
  }
  return copied;
}

}  // namespace darkroom
