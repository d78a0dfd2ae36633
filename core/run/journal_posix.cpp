// SPDX-License-Identifier: Apache-2.0
// The file itself is locked while an entry is added: supervisor and rank 0 may both write. A torn line of a killed writer is ended first.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/wall_clock.h"
#include "core/run/journal.h"

namespace darkroom {
namespace {

constexpr std::array<std::pair<JournalEvent, std::string_view>, 21> names{{
    {JournalEvent::launched, "launched"},
    {JournalEvent::resumed, "resumed"},
    {JournalEvent::saved, "saved"},
    {JournalEvent::save_failed, "save_failed"},
    {JournalEvent::sampled, "sampled"},
    {JournalEvent::stop_requested, "stop_requested"},
    {JournalEvent::save_requested, "save_requested"},
    {JournalEvent::sample_requested, "sample_requested"},
    {JournalEvent::pause_requested, "pause_requested"},
    {JournalEvent::resume_requested, "resume_requested"},
    {JournalEvent::stopped, "stopped"},
    {JournalEvent::finished, "finished"},
    {JournalEvent::died, "died"},
    {JournalEvent::restarted, "restarted"},
    {JournalEvent::failed, "failed"},
    {JournalEvent::paused, "paused"},
    {JournalEvent::edited, "edited"},
    {JournalEvent::skipped_batch, "skipped_batch"},
    {JournalEvent::rolled_back, "rolled_back"},
    {JournalEvent::quarantined, "quarantined"},
    {JournalEvent::removed_leftovers, "removed_leftovers"},
}};

std::optional<JournalEvent> event_from_name(std::string_view name) {
  for (const auto& [event, known] : names) {
    if (known == name) {
      return event;
    }
  }
  return std::nullopt;
}

std::optional<JournalEntry> parse_entry(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("seq") || !json["seq"].is_number_integer() || !json.contains("event") ||
      !json["event"].is_string()) {
    return std::nullopt;
  }
  const auto event = event_from_name(json["event"].get<std::string>());
  if (!event) {
    return std::nullopt;
  }
  JournalEntry entry{json["seq"].get<int64_t>(), 0, *event, Json::object()};
  if (json.contains("time") && json["time"].is_number()) {
    entry.time = json["time"].get<double>();
  }
  for (auto& [key, value] : json.items()) {
    if (key != "seq" && key != "time" && key != "event") {
      entry.fields[key] = std::move(value);
    }
  }
  return entry;
}

std::string json_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// An open journal with its lock held.
class LockedFile {
 public:
  explicit LockedFile(const std::filesystem::path& path) : path_(path) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0) {
      fail_io("open");
    }
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) {
        const int reason = errno;
        ::close(fd_);
        errno = reason;
        fail_io("lock");
      }
    }
  }
  ~LockedFile() { ::close(fd_); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  void write_and_sync(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EINTR) {
        fail_io("write");
      }
      bytes.remove_prefix(count > 0 ? static_cast<size_t>(count) : 0);
    }
    if (::fsync(fd_) != 0) {
      fail_io("sync");
    }
  }

 private:
  [[noreturn]] void fail_io(std::string_view action) const {
    fail(ErrorCode::io, "{}: cannot {}: {}", path_.string(), action, describe_errno(errno));
  }

  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace

std::string_view journal_event_name(JournalEvent event) {
  for (const auto& [known, name] : names) {
    if (known == event) {
      return name;
    }
  }
  return "failed";
}

JournalEntry Journal::append(JournalEvent event, const Json& fields) const {
  const LockedFile file(path_);
  const std::string before = read_file(path_);
  JournalEntry entry{1, wall_seconds(), event, fields};
  for (size_t end = before.size(); end > 0;) {
    const size_t line_break = before.rfind('\n', end - 1);
    const size_t start = line_break == std::string::npos ? 0 : line_break + 1;
    const Json last =
        Json::parse(before.begin() + static_cast<std::ptrdiff_t>(start), before.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (last.is_object() && last.contains("seq") && last["seq"].is_number_integer()) {
      entry.seq = last["seq"].get<int64_t>() + 1;
      break;
    }
    end = start == 0 ? 0 : start - 1;
  }
  Json json{{"seq", entry.seq}, {"time", entry.time}, {"event", journal_event_name(event)}};
  json.update(fields);
  std::string line = !before.empty() && before.back() != '\n' ? "\n" : "";
  line += json_text(json) + "\n";
  file.write_and_sync(line);
  return entry;
}

std::vector<JournalEntry> Journal::read() const {
  std::vector<JournalEntry> entries;
  if (!std::filesystem::exists(path_)) {
    return entries;
  }
  const std::string text = read_file(path_);
  for (size_t start = 0; start < text.size();) {
    const size_t line_break = text.find('\n', start);
    if (line_break == std::string::npos) {
      break;  // torn: its writer was killed, or is at it
    }
    if (auto entry = parse_entry(std::string_view(text).substr(start, line_break - start))) {
      entries.push_back(std::move(*entry));
    }
    start = line_break + 1;
  }
  return entries;
}

}  // namespace darkroom
