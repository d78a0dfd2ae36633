// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/run_follower.h"

#include <map>

#include "app/engine_host/last_lines.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/metrics/json_lines.h"
#include "core/metrics/metrics_log.h"

namespace darkroom::app {
namespace {

/// Name of the run with this id among the neighbours of `folder`.
std::string nameOfRun(const std::filesystem::path& folder, const std::string& id) {
  for (const RunDirectory& run : find_runs(folder.parent_path())) {
    if (run.info().id == id) {
      return run.info().name;
    }
  }
  return id;
}

/// The rank that ended the newest launch; 0 where the journal names none.
int rankThatDied(const std::vector<JournalEntry>& journal) {
  int rank = 0;
  for (const JournalEntry& entry : journal) {
    if (entry.event == JournalEvent::launched || entry.event == JournalEvent::resumed) {
      rank = 0;
    } else if (entry.event == JournalEvent::died && entry.fields.contains("rank") && entry.fields["rank"].is_number_integer()) {
      rank = entry.fields["rank"].get<int>();
    }
  }
  return rank;
}

/// Reads what changes slowly. Keeps what never changes between calls.
class HeadReader {
 public:
  explicit HeadReader(const RunDirectory& run) : m_run(run), m_devices(run.devices_file()) {
    try {
      m_plan = run.plan();
    } catch (const Error&) {
      // A run of a newer Darkroom may have a plan that this one cannot read: its curves still show.
    }
    if (run.info().parent) {
      m_parent = nameOfRun(run.folder(), run.info().parent->run);
    }
  }

  RunHead read() {
    RunHead head;
    head.status = m_run.status();
    head.info = m_run.info();
    head.plan = m_plan;
    head.parent_name = m_parent;
    head.journal = Journal(m_run.journal_file()).read();
    for (const CheckpointInfo& checkpoint : m_run.checkpoints()) {
      head.checkpoints.push_back(checkpoint.step);
    }
    head.samples = m_run.samples();
    for (bool more = true; more;) {
      const JsonLinesTail::Lines lines = m_devices.poll();
      more = lines.more;
      for (const std::string& line : lines.lines) {
        const Json json = Json::parse(line, nullptr, false);
        // A line is one device, or all devices of one moment.
        for (const Json& entry : json.is_array() ? json : Json::array({json})) {
          try {
            const DeviceLine device = device_line_from_json(entry, "devices.jsonl");
            m_newest[device.id] = device;
          } catch (const Error&) {
            continue;
          }
        }
      }
    }
    for (const auto& [id, device] : m_newest) {
      head.devices.push_back(device);
    }
    if (head.status.state == RunState::failed || head.status.state == RunState::interrupted) {
      head.log = lastLinesOfFile(QString::fromStdString(m_run.rank_log(rankThatDied(head.journal)).string())).toStdString();
    }
    return head;
  }

 private:
  RunDirectory m_run;
  JsonLinesTail m_devices;
  std::optional<TrainingPlan> m_plan;
  std::string m_parent;
  std::map<std::string, DeviceLine> m_newest;
};

}  // namespace

RunFollower::RunFollower(std::filesystem::path folder) : m_folder(std::move(folder)), m_thread([this] { work(); }) {}

RunFollower::~RunFollower() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

RunBatch RunFollower::take() {
  RunBatch batch;
  {
    const std::lock_guard lock(m_mutex);
    batch = std::exchange(m_batch, RunBatch{});
    m_batch.caught_up = batch.caught_up;
  }
  m_changed.notify_all();
  return batch;
}

void RunFollower::wake() {
  {
    const std::lock_guard lock(m_mutex);
    m_wake = true;
  }
  m_changed.notify_all();
}

void RunFollower::work() {
  MetricsTail tail(m_folder / "metrics.jsonl");
  std::optional<HeadReader> head_reader;
  double head_read_s = -1e9;
  std::unique_lock lock(m_mutex);
  while (!m_stop) {
    const bool wake = std::exchange(m_wake, false);
    const bool full = m_batch.rows.size() >= kMaxRows;
    lock.unlock();
    MetricsTail::Batch rows;
    std::optional<RunHead> head;
    std::string error;
    try {
      if (!head_reader && RunDirectory::is_run(m_folder)) {
        head_reader.emplace(RunDirectory::open(m_folder));
      }
      if (!full) {
        rows = tail.poll();
      }
      if (head_reader && (wake || monotonic_seconds() - head_read_s > 1.0)) {
        head = head_reader->read();
        head_read_s = monotonic_seconds();
      }
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    lock.lock();
    if (rows.restarted) {
      m_batch.rows.clear();
      m_batch.restarted = true;
    }
    m_batch.rows.insert(m_batch.rows.end(), rows.rows.begin(), rows.rows.end());
    if (head) {
      m_batch.head = std::move(head);
    }
    m_batch.error = error;
    if (rows.more) {
      continue;
    }
    m_batch.caught_up = m_batch.caught_up || (!full && error.empty());
    m_changed.wait_for(lock, std::chrono::milliseconds(full ? 20 : 100), [this] { return m_stop || m_wake; });
  }
}

}  // namespace darkroom::app
