// SPDX-License-Identifier: Apache-2.0
#include "core/hub/repository_download.h"

#include <algorithm>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/hub/file_queue.h"
#include "core/hub/hub_cache.h"
#include "core/hub/name_pattern.h"
#include "core/hub/part_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> paths_of(const std::vector<HubFile>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const HubFile& file : files) {
    paths.push_back(file.path);
  }
  return paths;
}

// The free space that the jobs need: a file that is there and of another content stays until the new one is whole.
void check_space(const fs::path& out, uint64_t missing) {
  const uint64_t available = free_bytes(out);
  if (missing > available) {
    fail(ErrorCode::io, "{}: {} bytes are to come and {} are free: {} too few", out.string(), missing, available, missing - available);
  }
}

// Takes out the jobs whose files are there, and reports them.
void drop_present(FileJobs& jobs, RepositorySummary& summary, const DownloadWatcher& watcher, const CancelToken& cancel) {
  uint64_t checked = 0;
  ProgressMeter meter(watcher.progress, "check what is there", total_job_bytes(jobs), "bytes");
  const PieceSeen seen = [&](uint64_t bytes) {
    cancel.check();
    checked += bytes;
    meter.update(checked);
  };
  std::erase_if(jobs, [&](const std::unique_ptr<FileJob>& job) {
    cancel.check();
    if (!is_already_there(job->file, seen)) {
      return false;
    }
    ++summary.plan.present_files;
    if (watcher.file_done) {
      watcher.file_done({job->path, FileOutcome::present, job->file.size, 0, job->file.hash.has_value()});
    }
    return true;
  });
}

HttpSettings settings_of(const RepositoryRequest& request) {
  return {.endpoint = request.access.endpoint, .token = request.access.token, .stall_timeout_s = request.stall_timeout_s};
}

FileReport fetch(HttpClient& client, const RepositoryRequest& request, const std::string& commit, FileJob& job,
                 std::atomic<uint64_t>& downloaded, const CancelToken& stop) {
  const PositionSink at = [&job](uint64_t position) { job.position = position; };
  if (job.file.hash && resumable_bytes(job.file.destination, job.file.hash->text(), job.file.size) == 0) {
    const auto cached = find_cached_blob(request.repository, *job.file.hash, job.file.size);
    if (cached && copy_file_verified(*cached, job.file, at, stop)) {
      return {job.path, FileOutcome::copied, job.file.size, 0, true};
    }
  }
  const HubQuestion question{request.access, request.repository, commit, job.path};
  const FetchedFile fetched = download_file(client, job.file, question, request.retry, at, stop);
  downloaded += fetched.downloaded;
  return fetched_report(job, fetched);
}

void count(RepositorySummary& summary, const FileReport& report) {
  summary.resumed_files += report.outcome == FileOutcome::resumed ? 1 : 0;
  summary.copied_files += report.outcome == FileOutcome::copied ? 1 : 0;
  summary.unverified_files += report.is_verified ? 0 : 1;
}

}  // namespace

HubListing list_repository(const RepositoryRequest& request, const CancelToken& cancel) {
  HttpClient client(settings_of(request), cancel);
  return list_repository(client, request.access, request.repository, request.revision, request.retry, cancel);
}

RepositorySummary download_repository(const RepositoryRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel) {
  const double started_s = monotonic_seconds();
  const HttpSettings settings = settings_of(request);
  RepositorySummary summary;
  const HubListing listing = request.listing ? *request.listing : list_repository(request, cancel);
  FileJobs jobs;
  std::vector<std::string> chosen;
  for (const size_t i : select_paths(paths_of(listing.files), request.patterns, request.repository.text())) {
    const HubFile& file = listing.files[i];
    auto job = std::make_unique<FileJob>();
    job->path = file.path;
    job->file = {resolve_file_url(request.access.endpoint, request.repository, listing.commit, file.path), request.out / file.path,
                 file.size, file.hash};
    job->size = file.size;
    jobs.push_back(std::move(job));
    chosen.push_back(file.path);
  }
  summary.plan.commit = listing.commit;
  summary.plan.files = jobs.size();
  summary.plan.bytes = total_job_bytes(jobs);

  make_folder(request.out);
  check_file_names(chosen, request.out);
  drop_present(jobs, summary, watcher, cancel);
  for (const auto& job : jobs) {
    job->position = job->file.hash ? resumable_bytes(job->file.destination, job->file.hash->text(), job->file.size) : 0;
    summary.plan.missing_bytes += job->file.size - job->position;
  }
  check_space(request.out, summary.plan.missing_bytes);
  if (watcher.planned) {
    watcher.planned(summary.plan);
  }
  if (!jobs.empty()) {
    make_job_folders(jobs);
    summary.downloaded_bytes = fetch_files(
        jobs, "download " + request.repository.text(), total_job_bytes(jobs),
        [&](const CancelToken& stop) -> FetchFile {
          return [client = std::make_shared<HttpClient>(settings, stop), &request, &listing, stop](FileJob& job,
                                                                                                   std::atomic<uint64_t>& downloaded) {
            return fetch(*client, request, listing.commit, job, downloaded, stop);
          };
        },
        [&summary](const FileReport& report) { count(summary, report); }, watcher, cancel);
  }
  summary.license = card_license_of_file(request.out / "README.md");
  if (summary.license.empty()) {
    summary.license = listing.license;
  }
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
