// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/log_reader.h"

#include <optional>

namespace darkroom::app {

LogReader::LogReader(std::filesystem::path folder, std::function<void(Found)> deliver, int interval_s)
    : m_folder(std::move(folder)), m_deliver(std::move(deliver)), m_interval_s(interval_s), m_thread([this] { work(); }) {}

LogReader::~LogReader() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void LogReader::work() {
  std::optional<std::vector<LogFile>> seen;
  std::string told;
  std::unique_lock lock(m_mutex);
  while (!m_stop) {
    lock.unlock();
    std::vector<LogFile> files;
    Found found;
    try {
      files = find_log_files(m_folder);
      if (!seen || *seen != files) {
        found.runs = read_logged_runs(m_folder);
      }
    } catch (const std::exception& error) {
      found.error = error.what();
    }
    if (!seen || *seen != files || found.error != told) {
      told = found.error;
      m_deliver(std::move(found));
    }
    seen = std::move(files);
    lock.lock();
    m_changed.wait_for(lock, std::chrono::seconds(m_interval_s), [this] { return m_stop; });
  }
}

}  // namespace darkroom::app
