// SPDX-License-Identifier: Apache-2.0
// Several files on their way at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/hub/download_report.h"
#include "core/hub/file_download.h"

namespace darkroom {

struct FileJob {
  std::string path;  ///< relative to the folder, for reports
  WantedFile file;
  std::atomic<uint64_t> size = 0;  ///< of the whole file; 0 while it is not known
  std::atomic<uint64_t> position = 0;
  std::atomic<bool> is_running = false;
};
using FileJobs = std::vector<std::unique_ptr<FileJob>>;

/// Gets one file after the other; holds a thread's connection. May add to `downloaded`, the bytes that came over the wire.
using FetchFile = std::function<FileReport(FileJob& job, std::atomic<uint64_t>& downloaded)>;
/// Called in each thread; `stop` is cancelled when the others fail or the caller's token is.
using MakeFetchFile = std::function<FetchFile(const CancelToken& stop)>;

/// Fetches at most four files at a time. The first failure stops the others; unfinished files stay.
///
/// title   of the progress
/// total   bytes of all files; absent: not known
/// done    called from the calling thread with each report, before the watcher
/// returns bytes that came over the wire
/// throws  what `make` and its functions throw; Error{cancelled}
uint64_t fetch_files(FileJobs& jobs, const std::string& title, std::optional<uint64_t> total, const MakeFetchFile& make,
                     const std::function<void(const FileReport&)>& done, const DownloadWatcher& watcher, const CancelToken& cancel);

/// Checks that paths can lie in `out` together while they come, and after. throws Error{bad_input} naming two that cannot
void check_file_names(const std::vector<std::string>& paths, const std::filesystem::path& out);

/// What is said of a job that came.
FileReport fetched_report(const FileJob& job, const FetchedFile& fetched);

/// Makes the folder and those above it. throws Error{io}
void make_folder(const std::filesystem::path& folder);
/// Makes the folders that the files go into. throws Error{io}
void make_job_folders(const FileJobs& jobs);

uint64_t total_job_bytes(const FileJobs& jobs);
uint64_t done_job_bytes(const FileJobs& jobs);

}  // namespace darkroom
