// SPDX-License-Identifier: Apache-2.0
// journal.jsonl: what was asked of the run and what happened to it, in order, each entry on the disk before the call returns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

enum class JournalEvent {
  launched,           ///< devices, world_size, pid
  resumed,            ///< step, checkpoint, dropped_rows
  saved,              ///< step, checkpoint, reason ("epoch", "steps", "request", "stop", "end", "lost"), stalled_s, written_s
  save_failed,        ///< step, reason; an alarm: the checkpoints before it are as they were, and the training goes on
  sampled,            ///< step, folder
  stop_requested,     ///< from
  save_requested,     ///< from
  sample_requested,   ///< from
  pause_requested,    ///< from
  resume_requested,   ///< from
  stopped,            ///< step; ended on request, state saved
  finished,           ///< step; the plan is complete
  died,               ///< rank, reason; a rank ended by itself
  restarted,          ///< attempt, of, reason; all ranks are started again from the newest checkpoint
  failed,             ///< reason; the supervisor ended with an error
  paused,             ///< step; the devices are free, the supervisor waits
  edited,             ///< pointer, from, to
  skipped_batch,      ///< step, reason ("not_finite", "spike"), norm, mean, keys: its gradient was not used
  rolled_back,        ///< step, checkpoint, reason, rate_factor, rate_until: weights, moments and averages are those of the checkpoint
  quarantined,        ///< step, dataset, key, reason: the sample is broken, and another one takes its place from now on
  removed_leftovers,  ///< paths
};

std::string_view journal_event_name(JournalEvent event);

struct JournalEntry {
  int64_t seq = 0;  ///< 1, 2, … in file order: the order of time, whatever the clock did
  double time = 0;  ///< wall clock, s since 1970
  JournalEvent event = JournalEvent::launched;
  Json fields = Json::object();
};

/// Appends to a journal. Several processes of a run may: entries never mix, and `seq` has no gaps. Thread-safe between objects.
class Journal {
 public:
  explicit Journal(std::filesystem::path path) : path_(std::move(path)) {}

  /// Returns when the entry is on the disk. `fields` must not have "seq", "time" or "event". throws Error{io}
  JournalEntry append(JournalEvent event, const Json& fields = Json::object()) const;

  /// All readable entries; a torn last line and events that this build does not know are passed over. Empty when there is no file.
  std::vector<JournalEntry> read() const;

 private:
  std::filesystem::path path_;
};

}  // namespace darkroom
