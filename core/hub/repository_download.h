// SPDX-License-Identifier: Apache-2.0
// A repository, or a choice of its files, into a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/hub/hub_access.h"
#include "core/hub/hub_listing.h"
#include "core/hub/hub_repository.h"
#include "core/hub/model_card.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

struct RepositoryRequest {
  HubRepository repository;
  std::string revision = "main";      ///< branch, tag or commit
  std::vector<std::string> patterns;  ///< of name_pattern.h; empty: every file
  std::filesystem::path out;          ///< made when it is not there; files lie in it as in the repository
  HubAccess access;
  RetryPolicy retry;
  double stall_timeout_s = 30;
};

/// What is to be done, known before the first byte comes.
struct DownloadPlan {
  std::string commit;
  uint64_t files = 0;
  uint64_t bytes = 0;          ///< of all chosen files
  uint64_t present_files = 0;  ///< whole, with the right hash
  uint64_t missing_bytes = 0;  ///< to come, less what unfinished files have
};

enum class FileOutcome {
  present,     ///< was there already, with the right hash
  copied,      ///< from the cache of the hub's own library
  downloaded,  ///< from the first byte
  resumed,     ///< from where an earlier session stopped
};
std::string_view file_outcome_name(FileOutcome outcome);

struct FileReport {
  std::string path;
  FileOutcome outcome = FileOutcome::downloaded;
  uint64_t bytes = 0;
  uint64_t resumed_at = 0;
  bool is_verified = false;  ///< false only where the hub publishes no hash
};

/// Where a file that is coming stands.
struct FilePosition {
  std::string path;
  uint64_t done = 0;
  uint64_t total = 0;
};

/// Called from the calling thread.
struct DownloadWatcher {
  std::function<void(const DownloadPlan&)> planned;
  ProgressSink progress;                                        ///< all files together, bytes
  std::function<void(const std::vector<FilePosition>&)> files;  ///< those that are coming, after each progress
  std::function<void(const FileReport&)> file_done;
};

struct RepositorySummary {
  DownloadPlan plan;
  uint64_t downloaded_bytes = 0;
  uint64_t resumed_files = 0;
  uint64_t copied_files = 0;
  uint64_t unverified_files = 0;
  CardLicense license;
  double seconds = 0;
};

/// Downloads at most four files at a time. The same call goes on where an earlier one stopped, and does nothing where all is there.
///
/// Before the first byte: paths are checked, chosen, and compared with what lies in `out`; free space is compared with what is missing.
/// A file of another content is replaced when the new one is whole. The first failure stops the others; unfinished files stay.
///
/// throws  Error of list_repository, select_paths, download_file; Error{io} when the disk has too little space; Error{bad_input} when two
///         paths would be one file here; Error{cancelled}
RepositorySummary download_repository(const RepositoryRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel);

}  // namespace darkroom
