// SPDX-License-Identifier: Apache-2.0
// How a run stands is derived each time and stored nowhere in it: what was killed cannot write down that it was.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/metrics/step_report.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"

namespace darkroom {
namespace {

constexpr size_t tail_bytes = size_t{32} << 10;  // some fifty rows
constexpr size_t rate_rows = 30;

/// The last rows of metrics.jsonl, oldest first.
std::vector<StepReport> last_rows(const std::filesystem::path& path) {
  std::vector<StepReport> rows;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return rows;
  }
  struct stat status {};
  std::string text;
  bool from_start = true;
  if (::fstat(fd, &status) == 0) {
    const auto size = static_cast<size_t>(status.st_size);
    const size_t offset = size > tail_bytes ? size - tail_bytes : 0;
    from_start = offset == 0;
    text.resize(size - offset);
    const ssize_t count = ::pread(fd, text.data(), text.size(), static_cast<off_t>(offset));
    text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  }
  ::close(fd);
  const size_t first_break = text.find('\n');
  size_t start = from_start ? 0 : first_break == std::string::npos ? text.size() : first_break + 1;
  for (size_t line_break = 0; (line_break = text.find('\n', start)) != std::string::npos; start = line_break + 1) {
    try {
      rows.push_back(step_report_from_json_line(std::string_view(text).substr(start, line_break - start)));
    } catch (const Error&) {
      continue;  // torn by a kill, ended by the next writer
    }
  }
  return rows;
}

void apply_rows(const std::vector<StepReport>& rows, RunStatus& status) {
  if (rows.empty()) {
    return;
  }
  const StepReport& last = rows.back();
  status.step = last.step;
  status.total_steps = last.total_steps;
  status.epoch = last.epoch;
  status.phase = last.phase;
  status.changed = std::max(status.changed, last.time);
  if (last.loss == last.loss) {
    status.loss = last.loss;
  }
  double step_ms = 0;
  double images_per_s = 0;
  int64_t counted = 0;
  for (size_t i = rows.size() > rate_rows ? rows.size() - rate_rows : 0; i < rows.size(); ++i) {
    if (rows[i].step_ms == rows[i].step_ms && rows[i].images_per_s == rows[i].images_per_s) {
      step_ms += rows[i].step_ms;
      images_per_s += rows[i].images_per_s;
      ++counted;
    }
  }
  if (counted > 0) {
    status.images_per_s = images_per_s / static_cast<double>(counted);
    if (last.total_steps >= last.step) {
      status.seconds_left = static_cast<double>(last.total_steps - last.step) * step_ms / static_cast<double>(counted) / 1000;
    }
  }
}

std::string text_field(const Json& fields, const char* key) {
  return fields.contains(key) && fields[key].is_string() ? fields[key].get<std::string>() : std::string();
}

/// What the journal says about an ended launch; the last word counts.
void apply_journal(const std::vector<JournalEntry>& entries, bool held, RunStatus& status) {
  RunState last = RunState::created;
  for (const JournalEntry& entry : entries) {
    status.changed = std::max(status.changed, entry.time);
    switch (entry.event) {
      case JournalEvent::launched:
      case JournalEvent::resumed:
      case JournalEvent::restarted:
        last = RunState::interrupted;  // unless something below says how it ended
        status.reason.clear();
        break;
      case JournalEvent::paused:
        last = RunState::paused;
        break;
      case JournalEvent::stopped:
        last = RunState::stopped;
        break;
      case JournalEvent::finished:
        last = RunState::done;
        break;
      case JournalEvent::died:
      case JournalEvent::failed:
        last = RunState::failed;
        if (status.reason.empty()) {
          status.reason = text_field(entry.fields, "reason");  // the first is the cause
        }
        break;
      default:
        break;
    }
  }
  if (held) {
    status.state = last == RunState::paused ? RunState::paused : RunState::running;
    status.reason.clear();
  } else {
    status.state = last == RunState::paused ? RunState::stopped : last;
    if (status.state == RunState::interrupted) {
      status.reason = "The training ended without a word: it was killed, or the machine went down.";
    }
  }
}

}  // namespace

RunStatus RunDirectory::status() const {
  RunStatus status;
  status.id = info_.id;
  status.name = info_.name;
  status.folder = folder_.string();
  status.created = info_.created;
  status.changed = info_.created;
  status.parent_run = info_.parent ? info_.parent->run : std::string();
  apply_rows(last_rows(metrics_file()), status);
  const std::optional<LockHolder> holder = lock_holder(lock_file());
  apply_journal(Journal(journal_file()).read(), holder.has_value(), status);
  status.pid = holder ? holder->pid : 0;
  if (status.state != RunState::running) {
    status.seconds_left.reset();
  }
  if (const auto newest = newest_checkpoint()) {
    status.checkpoint_step = newest->step;
  }
  try {
    const TrainingPlan launched = plan();
    status.epochs = launched.total_epochs();
    if (status.phase >= 0 && status.phase < static_cast<int64_t>(launched.phases.size())) {
      status.phase_name = launched.phases[static_cast<size_t>(status.phase)].name;
    }
  } catch (const Error&) {
    // A plan of a later version: the run can be shown without it.
  }
  return status;
}

}  // namespace darkroom
