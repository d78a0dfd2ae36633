// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/run_items.h"
#include "core/run/journal.h"

namespace darkroom::app {

/// An entry of journal.jsonl as a sentence; `now` in seconds since 1970 gives its age.
JournalItem journalItem(const JournalEntry& entry, double now);

/// It tells of trouble: shown among the alarms.
bool isAlarm(const JournalEntry& entry);

/// What a run's page takes from a whole journal.
struct JournalDigest {
  QList<JournalItem> items;   ///< newest first
  QList<JournalItem> alarms;  ///< those of them that tell of trouble
  QList<double> restarts;     ///< steps at which it was resumed, in order
  double lastSave = 0;        ///< s since 1970; 0: never saved
  bool stopAsked = false;     ///< and neither stopped nor started again since
  bool pauseAsked = false;    ///< and neither paused nor ended since
  QStringList devices;        ///< of the newest launch, a rank each
};
JournalDigest digestOf(const std::vector<JournalEntry>& journal, double now);

}  // namespace darkroom::app
