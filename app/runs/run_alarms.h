// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "app/engine_host/run_follower.h"
#include "app/runs/alarm_watch.h"
#include "app/runs/run_journal_text.h"

namespace darkroom::app {

/// The alarms of one run, from all that its directory tells: what AlarmWatch finds in the rows, and what the journal says.
class RunAlarms {
 public:
  void clear();
  /// Before the rows of the same batch: the plan names their sources.
  void takeHead(const RunHead& head, const JournalDigest& digest);
  /// restarted: rows were taken back, and these are all that there are
  void takeRows(const std::vector<StepReport>& rows, bool restarted);
  void takeDevices(const RunBatch& batch);

  /// Newest first.
  std::vector<RunAlarm> at(double now_s) const;
  /// Its workers are there: it trains, or gets ready to.
  bool live() const { return m_facts.live; }
  /// Sources that are being forgotten now.
  QStringList forgotten() const { return m_watch.forgotten(); }

 private:
  AlarmWatch m_watch;
  AlarmFacts m_facts;
  std::optional<TrainingPlan> m_plan;
  QList<JournalItem> m_journal;
  double m_rowsTaken_s = -1;  ///< by a clock that does not jump; negative: never
  double m_ageThen_s = 0;     ///< of the newest row when it was taken
};

/// The newest alarm of the last hour that is more than a remark, with what was done about it; empty: none.
QString warningText(const QList<JournalItem>& alarms);

}  // namespace darkroom::app
