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

constexpr uint64_t kNewestBytes = uint64_t{1} << 20;  ///< some 1,000 rows
constexpr int kRestMs = 2000;

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
  explicit HeadReader(const RunDirectory& run) : m_run(run) {
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
    std::error_code unknown;
    if (const std::filesystem::space_info space = std::filesystem::space(m_run.folder(), unknown); !unknown) {
      head.free_bytes = static_cast<double>(space.available);
    }
    head.checkpoint_bytes = bytesOfNewest();
    if (head.status.state == RunState::failed || head.status.state == RunState::interrupted) {
      head.log = lastLinesOfFile(QString::fromStdString(m_run.rank_log(rankThatDied(head.journal)).string())).toStdString();
    }
    return head;
  }

 private:
  // A checkpoint that is there is complete and stays as it is.
  double bytesOfNewest() {
    const std::optional<CheckpointInfo> newest = m_run.newest_checkpoint();
    if (newest && newest->step != m_measured_step) {
      m_measured_step = newest->step;
      m_measured_bytes = 0;
      std::error_code error;
      for (std::filesystem::recursive_directory_iterator entry(newest->folder, error), end; !error && entry != end;
           entry.increment(error)) {
        std::error_code ignored;
        m_measured_bytes += entry->is_regular_file(ignored) ? static_cast<double>(entry->file_size(ignored)) : 0;
      }
    }
    return m_measured_bytes;
  }

  RunDirectory m_run;
  std::optional<TrainingPlan> m_plan;
  std::string m_parent;
  int64_t m_measured_step = -1;
  double m_measured_bytes = 0;
};

/// Follows devices.jsonl.
class DeviceReader {
 public:
  DeviceReader(const std::filesystem::path& file, uint64_t newest_bytes) : m_lines(file, newest_bytes) {}

  /// Adds what is new; returns whether there is more to read.
  bool read(RunBatch& batch) {
    constexpr double gib = 1024.0 * 1024.0 * 1024.0;
    const JsonLinesTail::Lines lines = m_lines.poll();
    for (const std::string& line : lines.lines) {
      const Json json = Json::parse(line, nullptr, false);
      // A line is one device, or all devices of one moment.
      for (const Json& entry : json.is_array() ? json : Json::array({json})) {
        try {
          const DeviceLine device = device_line_from_json(entry, "devices.jsonl");
          const auto index = m_index.emplace(device.id, static_cast<int>(m_index.size())).first->second;
          m_newest.resize(m_index.size());
          m_newest[static_cast<size_t>(index)] = device;
          // Of a CPU, what the run itself holds tells more than what the whole machine uses.
          const auto used =
              static_cast<double>(device.id == "cpu" && device.process_bytes > 0 ? device.process_bytes : device.memory_used_bytes);
          DeviceRow row{
              .device = index, .time = device.time, .load = static_cast<float>(device.load), .used_gib = static_cast<float>(used / gib)};
          row.power_w = static_cast<float>(device.power_w.value_or(StepReport::none));
          row.temperature_c = static_cast<float>(device.temperature_c.value_or(StepReport::none));
          batch.devices.push_back(row);
        } catch (const Error&) {
          continue;
        }
      }
    }
    if (!lines.lines.empty()) {
      batch.newest_device = m_newest;
    }
    return lines.more;
  }

 private:
  JsonLinesTail m_lines;
  std::map<std::string, int> m_index;
  std::vector<DeviceLine> m_newest;
};

}  // namespace

RunFollower::RunFollower(std::filesystem::path folder, Reads reads)
    : m_folder(std::move(folder)), m_reads(reads), m_thread([this] { work(); }) {}

RunFollower::~RunFollower() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

RunBatch RunFollower::take(size_t about_rows) {
  RunBatch batch;
  {
    const std::lock_guard lock(m_mutex);
    batch = std::exchange(m_batch, RunBatch{});
    m_batch.caught_up = batch.caught_up;
    m_batch.error = batch.error;
    while (!m_rows.empty() && batch.rows.size() < about_rows) {
      std::vector<StepReport> chunk = std::move(m_rows.front());
      m_rows.pop_front();
      m_waiting -= chunk.size();
      if (batch.rows.empty()) {
        batch.rows = std::move(chunk);
      } else {
        batch.rows.insert(batch.rows.end(), chunk.begin(), chunk.end());
      }
    }
    batch.more = !m_rows.empty();
    batch.caught_up = batch.caught_up && !batch.more;
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
  const bool all = m_reads == Reads::everything;
  MetricsTail tail = all ? MetricsTail(m_folder / "metrics.jsonl") : MetricsTail::newest(m_folder / "metrics.jsonl", kNewestBytes);
  DeviceReader device_reader(m_folder / "devices.jsonl", all ? 0 : kNewestBytes);
  std::optional<HeadReader> head_reader;
  double head_read_s = -1e9;
  std::unique_lock lock(m_mutex);
  while (!m_stop) {
    const bool wake = std::exchange(m_wake, false);
    const bool full = m_waiting >= kMaxRows;
    lock.unlock();
    MetricsTail::Batch rows;
    RunBatch devices;
    std::optional<RunHead> head;
    std::string error;
    bool more_devices = false;
    try {
      if (!head_reader && RunDirectory::is_run(m_folder)) {
        head_reader.emplace(RunDirectory::open(m_folder));
      }
      if (!full) {
        rows = tail.poll();
        more_devices = device_reader.read(devices);
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
      m_rows.clear();
      m_waiting = 0;
      m_batch.restarted = true;
    }
    if (!rows.rows.empty()) {
      m_waiting += rows.rows.size();
      m_rows.push_back(std::move(rows.rows));
    }
    if (!devices.devices.empty()) {
      m_batch.devices.insert(m_batch.devices.end(), devices.devices.begin(), devices.devices.end());
      m_batch.newest_device = std::move(devices.newest_device);
    }
    if (head) {
      m_batch.head = std::move(head);
    }
    m_batch.error = error;
    if (rows.more || (more_devices && !full)) {
      continue;
    }
    m_batch.caught_up = m_batch.caught_up || (!full && error.empty());
    m_changed.wait_for(lock, std::chrono::milliseconds(full ? 20 : all ? 100 : kRestMs), [this] { return m_stop || m_wake; });
  }
}

}  // namespace darkroom::app
