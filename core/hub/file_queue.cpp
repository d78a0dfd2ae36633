// SPDX-License-Identifier: Apache-2.0
// Threads that block, one client each: four are enough to fill a line, and a loop of events would buy nothing here.
#include "core/hub/file_queue.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/format.h"
#include "core/hub/part_file.h"
#include "core/hub/safe_path.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_parallel_files = 4;
constexpr auto report_every = std::chrono::milliseconds(200);

// The jobs on their way, by threads that take the next one.
class Workers {
 public:
  Workers(FileJobs& jobs, const MakeFetchFile& make) : jobs_(jobs), make_(make) {
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
      const FetchFile fetch = make_(stop_);
      for (size_t i = next_++; i < jobs_.size() && !stop_.cancelled(); i = next_++) {
        FileJob& job = *jobs_[i];
        job.is_running = true;
        FileReport report = fetch(job, downloaded_);
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

  FileJobs& jobs_;
  const MakeFetchFile& make_;
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

uint64_t fetch_files(FileJobs& jobs, const std::string& title, std::optional<uint64_t> total, const MakeFetchFile& make,
                     const std::function<void(const FileReport&)>& done, const DownloadWatcher& watcher, const CancelToken& cancel) {
  ProgressMeter meter(watcher.progress, title, total, "bytes");
  meter.update(done_job_bytes(jobs));
  Workers workers(jobs, make);
  std::deque<FileReport> finished;
  for (bool is_running = true; is_running;) {
    is_running = workers.wait(finished);
    for (const FileReport& report : finished) {
      done(report);
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
        positions.push_back({job->path, job->position, job->size});
      }
    }
    meter.update(done_job_bytes(jobs));
    if (watcher.files && !positions.empty()) {
      watcher.files(positions);
    }
  }
  workers.rethrow_failure();
  cancel.check();
  meter.finish();
  return workers.downloaded_bytes();
}

// A set that has both "a" and "a.part" would write over its own file.
void check_file_names(const std::vector<std::string>& paths, const fs::path& out) {
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

FileReport fetched_report(const FileJob& job, const FetchedFile& fetched) {
  return {job.path, fetched.resumed_at > 0 ? FileOutcome::resumed : FileOutcome::downloaded, job.file.size, fetched.resumed_at,
          fetched.is_verified};
}

void make_folder(const fs::path& folder) {
  std::error_code reason;
  fs::create_directories(folder, reason);
  if (reason) {
    fail(ErrorCode::io, "{}: cannot make the folder: {}", folder.string(), reason.message());
  }
}

void make_job_folders(const FileJobs& jobs) {
  std::set<fs::path> folders;
  for (const auto& job : jobs) {
    folders.insert(job->file.destination.parent_path());
  }
  for (const fs::path& folder : folders) {
    make_folder(folder);
  }
}

uint64_t total_job_bytes(const FileJobs& jobs) {
  uint64_t bytes = 0;
  for (const auto& job : jobs) {
    bytes += job->size;
  }
  return bytes;
}

uint64_t done_job_bytes(const FileJobs& jobs) {
  uint64_t bytes = 0;
  for (const auto& job : jobs) {
    bytes += job->position;
  }
  return bytes;
}

}  // namespace darkroom
