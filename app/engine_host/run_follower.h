// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a run directory beside the GUI thread. Knows no engine and no link, so it works while the run trains and after everything ended.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/metrics/device_sample.h"
#include "core/metrics/run_status.h"
#include "core/metrics/step_report.h"
#include "core/plan/training_plan.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"

namespace darkroom::app {

/// The slow part of a run: everything but its rows. Replaced as a whole when something of it changed.
struct RunHead {
  RunStatus status;
  RunInfo info;
  std::optional<TrainingPlan> plan;
  std::string parent_name;  ///< name of the run it branched from, where that lies beside it
  std::vector<JournalEntry> journal;
  std::vector<int64_t> checkpoints;  ///< steps, ascending
  std::vector<RunDirectory::StepSamples> samples;
  std::vector<DeviceLine> devices;  ///< newest line of each
  std::string log;                  ///< last lines of the log of the rank that died (else the first's); only of a failed run
};

/// What is new since the last take().
struct RunBatch {
  bool restarted = false;  ///< drop all rows that are kept: these begin at row 0
  std::vector<StepReport> rows;
  bool caught_up = false;  ///< every row that was in the file is handed over
  std::optional<RunHead> head;
  std::string error;  ///< why the run cannot be read, a sentence; empty: all is well
};

/// Follows one run directory in a thread of its own: rows 10 times a second, the head once a second.
///
/// Memory is bounded: while take() is not called, no more than kMaxRows wait and reading pauses.
class RunFollower {
 public:
  static constexpr size_t kMaxRows = 1 << 17;

  /// The folder need not be a run yet.
  explicit RunFollower(std::filesystem::path folder);
  ~RunFollower();
  RunFollower(const RunFollower&) = delete;
  RunFollower& operator=(const RunFollower&) = delete;

  /// Any thread; never waits for the disk.
  RunBatch take();
  /// Reads the head again at once.
  void wake();

 private:
  void work();

  const std::filesystem::path m_folder;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  RunBatch m_batch;
  bool m_stop = false;
  bool m_wake = false;
  std::thread m_thread;
};

}  // namespace darkroom::app
