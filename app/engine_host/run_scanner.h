// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/metrics/run_status.h"

namespace darkroom::app {

/// Looks at all runs below a folder once a second, in a thread of its own. A run that nobody works on is read again only when its journal
/// or its metrics changed.
class RunScanner {
 public:
  struct Found {
    std::vector<RunStatus> runs;  ///< newest first
    std::string error;            ///< why the folder cannot be read; empty: all is well
  };

  /// `deliver` is called from the scanning thread whenever something changed, and once at the start.
  RunScanner(std::filesystem::path folder, std::function<void(const Found&)> deliver);
  ~RunScanner();
  RunScanner(const RunScanner&) = delete;
  RunScanner& operator=(const RunScanner&) = delete;

  /// Looks again at once.
  void wake();

 private:
  struct Kept {
    RunStatus status;
    std::filesystem::file_time_type journal;
    std::filesystem::file_time_type metrics;
  };
  Found scan();
  void work();

  const std::filesystem::path m_folder;
  const std::function<void(const Found&)> m_deliver;
  std::map<std::string, Kept> m_kept;  ///< scanning thread only
  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_stop = false;
  bool m_wake = false;
  std::thread m_thread;
};

}  // namespace darkroom::app
