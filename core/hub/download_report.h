// SPDX-License-Identifier: Apache-2.0
// What downloads of files say while they run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"

namespace darkroom {

/// What is to be done, known before the first byte comes.
struct DownloadPlan {
  std::string commit;  ///< of a repository; empty for a list of URLs
  uint64_t files = 0;
  uint64_t bytes = 0;          ///< of all chosen files; of a list of URLs 0: not known before they are asked for
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
  bool is_verified = false;  ///< false only where no hash is published
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

}  // namespace darkroom
