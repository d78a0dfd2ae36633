// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/metrics/logged_run.h"

namespace darkroom::app {

/// Reads the TensorBoard and Weights & Biases runs of a folder in a thread of its own, and again when a file of them has grown.
class LogReader {
 public:
  struct Found {
    std::vector<LoggedRun> runs;
    std::string error;  ///< why they cannot be read, a sentence; empty: all is well
  };

  /// `deliver` is called from the reading thread: once at the start, then whenever something changed. `interval_s` between looks.
  LogReader(std::filesystem::path folder, std::function<void(Found)> deliver, int interval_s = 5);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

 private:
  void work();

  const std::filesystem::path m_folder;
  const std::function<void(Found)> m_deliver;
  const int m_interval_s;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_stop = false;
  std::thread m_thread;
};

}  // namespace darkroom::app
