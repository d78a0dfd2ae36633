// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/run_scanner.h"

#include <optional>

#include "core/run/run_directory.h"
#include "core/run/run_lock.h"

namespace darkroom::app {
namespace {

std::filesystem::file_time_type changedAt(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto time = std::filesystem::last_write_time(file, ignored);
  return ignored ? std::filesystem::file_time_type::min() : time;
}

}  // namespace

RunScanner::RunScanner(std::filesystem::path folder, std::function<void(const Found&)> deliver)
    : m_folder(std::move(folder)), m_deliver(std::move(deliver)), m_thread([this] { work(); }) {}

RunScanner::~RunScanner() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void RunScanner::wake() {
  {
    const std::lock_guard lock(m_mutex);
    m_wake = true;
  }
  m_changed.notify_all();
}

RunScanner::Found RunScanner::scan() {
  Found found;
  std::map<std::string, Kept> kept;
  try {
    for (const RunDirectory& run : find_runs(m_folder)) {
      const std::string key = run.folder().string();
      Kept entry{{}, changedAt(run.journal_file()), changedAt(run.metrics_file())};
      const auto before = m_kept.find(key);
      const bool unchanged = before != m_kept.end() && before->second.journal == entry.journal && before->second.metrics == entry.metrics &&
                             before->second.status.pid == 0 && !lock_holder(run.lock_file());
      entry.status = unchanged ? before->second.status : run.status();
      found.runs.push_back(entry.status);
      kept.emplace(key, std::move(entry));
    }
  } catch (const std::exception& error) {
    found.error = error.what();
  }
  m_kept = std::move(kept);
  return found;
}

void RunScanner::work() {
  std::optional<Found> told;
  std::unique_lock lock(m_mutex);
  while (!m_stop) {
    m_wake = false;
    lock.unlock();
    Found found = scan();
    if (!told || told->runs != found.runs || told->error != found.error) {
      m_deliver(found);
      told = std::move(found);
    }
    lock.lock();
    m_changed.wait_for(lock, std::chrono::seconds(1), [this] { return m_stop || m_wake; });
  }
}

}  // namespace darkroom::app
