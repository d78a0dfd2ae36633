// SPDX-License-Identifier: Apache-2.0
// Threads that block, one client each: four are enough to fill a line, and a loop of events would buy nothing here.
#include "core/hub/repository_download.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/log.h"
#include "core/hub/file_download.h"
#include "core/hub/hub_cache.h"
#include "core/hub/name_pattern.h"
#include "core/hub/part_file.h"
#include "core/hub/safe_path.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_parallel_files = 4;
constexpr auto report_every = std::chrono::milliseconds(200);

struct Job {
  std::string path;
  WantedFile file;
  std::atomic<uint64_t> position = 0;
  std::atomic<bool> is_running = false;
};
using Jobs = std::vector<std::unique_ptr<Job>>;

std::vector<std::string> paths_of(const std::vector<HubFile>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const HubFile& file : files) {
    paths.push_back(file.path);
  }
  return paths;
}

// A repository that has both "a" and "a.part" would write over its own file.
void check_names(const std::vector<std::string>& paths, const fs::path& out) {
  const std::set<std::string> all(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    for (const fs::path& taken : {part_path(path), part_description_path(path)}) {
      if (all.contains(taken.string())) {
        fail(ErrorCode::bad_input,
             "'{}' and '{}' cannot be downloaded together: the second is the name of the first while it comes. Choose with --file.", path,
             taken.string());
      }
    }
  }
  const auto collision = case_collision(paths);
  if (collision && !tells_case(out)) {
    fail(ErrorCode::bad_input,
         "{}: '{}' and '{}' would be one file in this folder, which does not tell upper case from lower. Choose with --file.", out.string(),
         collision->first, collision->second);
  }
}

uint64_t total_bytes(const Jobs& jobs) {
  uint64_t bytes = 0;
  for (const auto& job : jobs) {
    bytes += job->file.size;
  }
  return bytes;
}

uint64_t done_bytes(const Jobs& jobs) {
  uint64_t bytes = 0;
  for (const auto& job : jobs) {
    bytes += job->position;
  }
  return bytes;
}

// The free space that the jobs need: a file that is there and of another content stays until the new one is whole.
void check_space(const fs::path& out, uint64_t missing) {
  const uint64_t available = free_bytes(out);
  if (missing > available) {
    fail(ErrorCode::io, "{}: {} bytes are to come and {} are free: {} too few", out.string(), missing, available, missing - available);
  }
}

void make_folders(const Jobs& jobs) {
  std::set<fs::path> folders;
  for (const auto& job : jobs) {
    folders.insert(job->file.destination.parent_path());
  }
  for (const fs::path& folder : folders) {
    std::error_code reason;
    fs::create_directories(folder, reason);
    if (reason) {
      fail(ErrorCode::io, "{}: cannot make the folder: {}", folder.string(), reason.message());
    }
  }
}

// Takes out the jobs whose files are there, and reports them.
void drop_present(Jobs& jobs, RepositorySummary& summary, const DownloadWatcher& watcher, const CancelToken& cancel) {
  uint64_t checked = 0;
  ProgressMeter meter(watcher.progress, "check what is there", total_bytes(jobs), "bytes");
  const PieceSeen seen = [&](uint64_t bytes) {
    cancel.check();
    checked += bytes;
    meter.update(checked);
  };
  std::erase_if(jobs, [&](const std::unique_ptr<Job>& job) {
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

// The jobs on their way, by threads that take the next one.
class Workers {
 public:
  Workers(Jobs& jobs, const RepositoryRequest& request, const std::string& commit, const HttpSettings& settings)
      : jobs_(jobs), request_(request), commit_(commit), settings_(settings) {
    const size_t count = std::min(most_parallel_files, jobs.size());
    running_ = count;
    for (size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  ~Workers() {
    stop_.cancel();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void stop() { stop_.cancel(); }

  /// Waits a moment; hands out what was finished meanwhile. False when all threads have ended.
  bool wait(std::deque<FileReport>& finished) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, report_every, [this] { return running_ == 0; });
    finished.clear();
    finished.swap(finished_);
    return running_ > 0;
  }

  uint64_t downloaded_bytes() const { return downloaded_; }
  void rethrow_failure() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  void work() {
    try {
      HttpClient client(settings_, stop_);
      for (size_t i = next_++; i < jobs_.size() && !stop_.cancelled(); i = next_++) {
        Job& job = *jobs_[i];
        job.is_running = true;
        FileReport report = fetch(client, job);
        job.is_running = false;
        const std::lock_guard lock(mutex_);
        finished_.push_back(std::move(report));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      // The others then end with "cancelled", which says nothing.
      if (!failure_ && !stop_.cancelled()) {
        failure_ = std::current_exception();
      }
      stop_.cancel();
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  FileReport fetch(HttpClient& client, Job& job) {
    const PositionSink at = [&job](uint64_t position) { job.position = position; };
    if (job.file.hash && resumable_bytes(job.file.destination, job.file.hash->text(), job.file.size) == 0) {
      const auto cached = find_cached_blob(request_.repository, *job.file.hash, job.file.size);
      if (cached && copy_file_verified(*cached, job.file, at, stop_)) {
        return {job.path, FileOutcome::copied, job.file.size, 0, true};
      }
    }
    const HubQuestion question{request_.access, request_.repository, commit_, job.path};
    const FetchedFile fetched = download_file(client, job.file, question, request_.retry, at, stop_);
    downloaded_ += fetched.downloaded;
    return {job.path, fetched.resumed_at > 0 ? FileOutcome::resumed : FileOutcome::downloaded, job.file.size, fetched.resumed_at,
            fetched.is_verified};
  }

  Jobs& jobs_;
  const RepositoryRequest& request_;
  const std::string& commit_;
  const HttpSettings& settings_;
  CancelToken stop_;
  std::vector<std::thread> threads_;
  std::atomic<size_t> next_ = 0;
  std::atomic<uint64_t> downloaded_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileReport> finished_;  // under mutex_, as are the next two
  std::exception_ptr failure_;
  size_t running_ = 0;
};

void count(RepositorySummary& summary, const FileReport& report) {
  summary.resumed_files += report.outcome == FileOutcome::resumed ? 1 : 0;
  summary.copied_files += report.outcome == FileOutcome::copied ? 1 : 0;
  summary.unverified_files += report.is_verified ? 0 : 1;
}

void fetch_jobs(Jobs& jobs, const RepositoryRequest& request, const HttpSettings& settings, RepositorySummary& summary,
                const DownloadWatcher& watcher, const CancelToken& cancel) {
  ProgressMeter meter(watcher.progress, "download " + request.repository.text(), total_bytes(jobs), "bytes");
  meter.update(done_bytes(jobs));
  Workers workers(jobs, request, summary.plan.commit, settings);
  std::deque<FileReport> finished;
  for (bool is_running = true; is_running;) {
    is_running = workers.wait(finished);
    for (const FileReport& report : finished) {
      count(summary, report);
      if (watcher.file_done) {
        watcher.file_done(report);
      }
    }
    if (cancel.cancelled()) {
      workers.stop();
    }
    std::vector<FilePosition> positions;
    for (const auto& job : jobs) {
      if (job->is_running) {
        positions.push_back({job->path, job->position, job->file.size});
      }
    }
    meter.update(done_bytes(jobs));
    if (watcher.files && !positions.empty()) {
      watcher.files(positions);
    }
  }
  workers.rethrow_failure();
  cancel.check();
  meter.finish();
  summary.downloaded_bytes = workers.downloaded_bytes();
}

}  // namespace

std::string_view file_outcome_name(FileOutcome outcome) {
  switch (outcome) {
    case FileOutcome::present:
      return "present";
    case FileOutcome::copied:
      return "copied";
    case FileOutcome::downloaded:
      return "downloaded";
    case FileOutcome::resumed:
      return "resumed";
  }
  return "downloaded";
}

RepositorySummary download_repository(const RepositoryRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel) {
  const double started_s = monotonic_seconds();
  const HttpSettings settings{
      .endpoint = request.access.endpoint, .token = request.access.token, .stall_timeout_s = request.stall_timeout_s};
  RepositorySummary summary;
  HubListing listing;
  {
    HttpClient client(settings, cancel);
    listing = list_repository(client, request.access, request.repository, request.revision, request.retry, cancel);
  }
  Jobs jobs;
  std::vector<std::string> chosen;
  for (const size_t i : select_paths(paths_of(listing.files), request.patterns, request.repository.text())) {
    HubFile& file = listing.files[i];
    auto job = std::make_unique<Job>();
    job->path = file.path;
    job->file = {resolve_file_url(request.access.endpoint, request.repository, listing.commit, file.path), request.out / file.path,
                 file.size, file.hash};
    jobs.push_back(std::move(job));
    chosen.push_back(file.path);
  }
  summary.plan.commit = listing.commit;
  summary.plan.files = jobs.size();
  summary.plan.bytes = total_bytes(jobs);

  std::error_code reason;
  fs::create_directories(request.out, reason);
  if (reason) {
    fail(ErrorCode::io, "{}: cannot make the folder: {}", request.out.string(), reason.message());
  }
  check_names(chosen, request.out);
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
    make_folders(jobs);
    fetch_jobs(jobs, request, settings, summary, watcher, cancel);
  }
  summary.license = card_license_of_file(request.out / "README.md");
  if (summary.license.empty()) {
    summary.license = listing.license;
  }
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
