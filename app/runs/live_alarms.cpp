// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/live_alarms.h"

#include "app/runs/run_alarms.h"
#include "core/base/wall_clock.h"

namespace darkroom::app {
namespace {

constexpr int kEvery_ms = 1000;

}  // namespace

struct LiveAlarms::Watched {
  explicit Watched(const QString& run) : follower(run.toStdString(), RunFollower::Reads::newest) {}

  RunAlarms alarms;
  QString name;
  QString warning;
  bool headTaken = false;
  bool known = false;
  RunFollower follower;  ///< last: its thread ends first
};

LiveAlarms::LiveAlarms(AlarmNews& news, QObject* parent) : QObject(parent), m_news(news) {
  m_timer.setInterval(kEvery_ms);
  connect(&m_timer, &QTimer::timeout, this, &LiveAlarms::look);
}

LiveAlarms::~LiveAlarms() = default;

void LiveAlarms::watch(const QStringList& runs) {
  std::erase_if(m_watched, [&runs](const auto& entry) { return !runs.contains(entry.first); });
  for (const QString& run : runs) {
    if (!m_watched.contains(run)) {
      m_watched.emplace(run, std::make_unique<Watched>(run));
    }
  }
  if (m_watched.empty()) {
    m_timer.stop();
  } else if (!m_timer.isActive()) {
    m_timer.start();
  }
}

QString LiveAlarms::warningOf(const QString& run) const {
  const auto found = m_watched.find(run);
  return found == m_watched.end() ? QString() : found->second->warning;
}

void LiveAlarms::look() {
  bool changed = false;
  struct News {
    QString run;
    QString name;
    JournalItem alarm;
  };
  QList<News> news;  // told at the end: whoever hears it may watch other runs
  for (auto& [run, watched] : m_watched) {
    const RunBatch batch = watched->follower.take();
    if (batch.head) {
      watched->headTaken = true;
      watched->name = QString::fromStdString(batch.head->info.name);
      watched->alarms.takeHead(*batch.head, digestOf(batch.head->journal, wall_seconds()));
    }
    watched->alarms.takeRows(batch.rows, batch.restarted);
    watched->alarms.takeDevices(batch);
    if (!watched->headTaken || !batch.caught_up) {
      continue;
    }
    const std::vector<RunAlarm> alarms = watched->alarms.at(wall_seconds());
    const AlarmNews::Look look = std::exchange(watched->known, true) ? AlarmNews::Look::later : AlarmNews::Look::first;
    for (const JournalItem& alarm : m_news.take(run, alarms, look, watched->alarms.live())) {
      news << News{run, watched->name, alarm};
    }
    QList<JournalItem> items;
    for (const RunAlarm& alarm : alarms) {
      items << alarm.item;
    }
    const QString warning = warningText(items);
    changed = changed || warning != watched->warning;
    watched->warning = warning;
  }
  for (const News& entry : std::as_const(news)) {
    emit raised(entry.run, entry.name, entry.alarm);
  }
  if (changed) {
    emit warningsChanged();
  }
}

}  // namespace darkroom::app
