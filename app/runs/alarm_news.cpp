// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/alarm_news.h"

namespace darkroom::app {
namespace {

constexpr double kFresh_s = 60;

}  // namespace

QList<JournalItem> AlarmNews::take(const QString& run, const std::vector<RunAlarm>& alarms, Look look, bool live) {
  QList<JournalItem> news;
  QSet<QString>& told = m_told[run];
  for (const RunAlarm& alarm : alarms) {
    if (told.contains(alarm.key)) {
      continue;
    }
    told.insert(alarm.key);
    if (live && alarm.item.kind != "info" && (look == Look::later || alarm.item.secondsAgo < kFresh_s)) {
      news << alarm.item;
    }
  }
  return news;
}

}  // namespace darkroom::app
