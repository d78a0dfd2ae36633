// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a run directory beside the GUI thread. Knows no engine and no link, so it works while the run trains and after everything ended.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <limits>
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
  double free_bytes = -1;       ///< of the disk of the run; negative: not known
  double checkpoint_bytes = 0;  ///< of the newest checkpoint
  std::string log;              ///< last lines of the log of the rank that died (else the first's); only of a failed run
};

/// A line of devices.jsonl; NaN where it does not say. `device` counts the ids in the order in which the file names them.
struct DeviceRow {
  int device = 0;
  double time = 0;  ///< s since 1970
  float load = 0;   ///< 0 to 1
  float used_gib = 0;
  float power_w = std::numeric_limits<float>::quiet_NaN();
  float temperature_c = std::numeric_limits<float>::quiet_NaN();
};

/// What is new since the last take().
struct RunBatch {
  bool restarted = false;  ///< drop all rows that are kept: these begin at row 0
  std::vector<StepReport> rows;
  bool more = false;                      ///< rows are left that take() could have given: call it again soon
  std::vector<DeviceRow> devices;         ///< in the order of the file
  std::vector<DeviceLine> newest_device;  ///< newest line of each, by DeviceRow::device; given with `devices`
  bool caught_up = false;                 ///< every row that was in the file is handed over
  std::optional<RunHead> head;
  std::string error;  ///< why the run cannot be read, a sentence; empty: all is well
};

/// Follows one run directory in a thread of its own: rows 10 times a second, the head once a second.
///
/// Memory is bounded: while take() is not called, little more than kMaxRows wait and reading pauses.
class RunFollower {
 public:
  static constexpr size_t kMaxRows = 1 << 15;

  enum class Reads {
    everything,
    /// Of rows and devices those of the last minutes, and what is added; once in two seconds. `restarted` stays, so row 0 is not the run's.
    newest,
  };

  /// The folder need not be a run yet.
  explicit RunFollower(std::filesystem::path folder, Reads reads = Reads::everything);
  ~RunFollower();
  RunFollower(const RunFollower&) = delete;
  RunFollower& operator=(const RunFollower&) = delete;

  /// Any thread; never waits for the disk. Gives at least `about_rows` rows where there are so many, and little more.
  RunBatch take(size_t about_rows = kMaxRows);
  /// Reads the head again at once.
  void wake();

 private:
  void work();

  const std::filesystem::path m_folder;
  const Reads m_reads;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  RunBatch m_batch;  ///< but its rows
  std::deque<std::vector<StepReport>> m_rows;
  size_t m_waiting = 0;  ///< rows in m_rows
  bool m_stop = false;
  bool m_wake = false;
  std::thread m_thread;
};

}  // namespace darkroom::app
