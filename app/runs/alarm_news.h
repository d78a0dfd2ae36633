// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QSet>
#include <vector>

#include "app/runs/alarm_watch.h"

namespace darkroom::app {

/// Which alarms nobody was told of yet, over all runs: each is told once, whoever finds it first.
class AlarmNews {
 public:
  enum class Look {
    first,  ///< at this run since it is watched this way: what happened more than a minute ago is no news
    later,
  };

  /// Takes note of all of `alarms`. Returns those to be told: of a run that is live, more than a remark, and new.
  QList<JournalItem> take(const QString& run, const std::vector<RunAlarm>& alarms, Look look, bool live);

 private:
  QHash<QString, QSet<QString>> m_told;  ///< keys, by run
};

}  // namespace darkroom::app
