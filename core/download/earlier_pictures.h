// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/download/download_options.h"
#include "core/download/shard_journal.h"
#include "core/download/url_table.h"

namespace darkroom {

/// Pictures that other downloads have already, found by their URLs: rules that change a little ask for nearly the same pictures. Only
/// finished shards are looked at, and only what came well. 16 bytes and a table's slack a picture.
class EarlierPictures {
 public:
  /// folders  of download_images; of a URL that several have, the last
  /// throws   Error{not_found | bad_input} naming the folder: no download, or one whose pictures were made with other
  ///          options; Error{cancelled}
  EarlierPictures(const std::vector<std::filesystem::path>& folders, const DownloadOptions& options, const CancelToken& cancel);

  size_t size() const { return places_.size(); }
  /// Records the rows whose pictures there are and that have not ended yet, as if they had just come. A row whose published hash is another
  /// one is passed over. Returns how many there were.
  ///
  /// between  called again and again while pictures are copied; what it throws ends the copying, and what was recorded stays
  /// throws   Error{io | bad_input} naming the shard
  uint64_t copy_to(const UrlRows& rows, ShardJournal& journal, const std::function<void()>& between) const;

 private:
  struct Place {
    uint32_t shard = 0;
    uint32_t row = 0;
  };
  struct Shard {
    std::filesystem::path folder;
    std::string name;
  };

  DigestKind hash_;
  PictureFormat format_;
  std::vector<Shard> shards_;
  std::unordered_map<uint64_t, Place> places_;  // by the URL's XXH3-64; the URL itself is compared before anything is taken
};

}  // namespace darkroom
