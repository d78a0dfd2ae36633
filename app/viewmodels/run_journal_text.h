// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/viewmodels/run_items.h"
#include "core/run/journal.h"

namespace darkroom::app {

/// An entry of journal.jsonl as a sentence; `now` in seconds since 1970 gives its age.
JournalItem journalItem(const JournalEntry& entry, double now);

/// It tells of trouble: shown among the alarms.
bool isAlarm(const JournalEntry& entry);

}  // namespace darkroom::app
