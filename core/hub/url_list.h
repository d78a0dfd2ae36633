// SPDX-License-Identifier: Apache-2.0
// Files that are named by their addresses alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/hub/download_report.h"
#include "core/hub/hub_repository.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

struct ListedUrl {
  std::string url;
  std::string path;                   ///< below the folder; safe to create
  std::optional<PublishedHash> hash;  ///< of kind sha256
};

/// Reads a list: a line a file, "URL [sha256=HEX] [as=PATH]"; empty lines and lines that begin with # are passed over. Without `as` the
/// path is the last part of the URL's.
/// text   of the list
/// where  names it in errors
/// throws Error{bad_input} naming the line and what was expected there, two lines of one path, an empty list
std::vector<ListedUrl> parse_url_list(std::string_view text, std::string_view where);

struct UrlListRequest {
  std::vector<ListedUrl> files;
  std::filesystem::path out;  ///< made when it is not there
  RetryPolicy retry;
  double stall_timeout_s = 30;
};

struct UrlListSummary {
  uint64_t files = 0;
  uint64_t present_files = 0;
  uint64_t resumed_files = 0;
  uint64_t unverified_files = 0;
  uint64_t bytes = 0;  ///< of all files
  uint64_t downloaded_bytes = 0;
  double seconds = 0;
};

/// Downloads at most four files at a time, each resumed to the byte and, where the list has its hash, checked. A file that is there and
/// has no hash in the list is taken as it is: it got its name when it was whole.
///
/// throws  Error{not_found | bad_input | io} naming the URL: no such file, a server that does not say how long it is, a wrong hash twice;
///         Error{cancelled}
UrlListSummary download_url_list(const UrlListRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel);

}  // namespace darkroom
