// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_alarms.h"

#include <algorithm>
#include <cmath>

#include "app/runs/run_devices.h"
#include "core/base/progress.h"
#include "core/base/wall_clock.h"

namespace darkroom::app {
namespace {

constexpr double kPaceWeight = 0.95;  ///< of the pace so far, a row
constexpr double kRecent_s = 3600;

}  // namespace

void RunAlarms::clear() { *this = RunAlarms(); }

void RunAlarms::takeHead(const RunHead& head, const JournalDigest& digest) {
  if (head.plan && m_plan != head.plan) {
    m_plan = head.plan;
    m_watch.setPlan(*m_plan);
  }
  m_journal = digest.alarms;
  m_facts.live = head.status.state == darkroom::RunState::running || head.status.state == darkroom::RunState::created;
  m_facts.freeBytes = head.free_bytes;
  m_facts.checkpointBytes = head.checkpoint_bytes;
}

void RunAlarms::takeRows(const std::vector<StepReport>& rows, bool restarted) {
  if (restarted) {
    m_watch.clear();
    if (m_plan) {
      m_watch.setPlan(*m_plan);
    }
  }
  if (!rows.empty()) {
    m_rowsTaken_s = monotonic_seconds();
    m_ageThen_s = std::max(0.0, wall_seconds() - rows.back().time);
  }
  for (const StepReport& row : rows) {
    m_watch.add(row);
    if (const double seconds = row.step_ms / 1000; std::isfinite(seconds)) {
      const double before = m_facts.secondsPerStep;
      m_facts.secondsPerStep = std::isfinite(before) ? kPaceWeight * before + (1 - kPaceWeight) * seconds : seconds;
    }
  }
}

void RunAlarms::takeDevices(const RunBatch& batch) {
  if (!batch.newest_device.empty()) {
    QStringList names;
    for (const DeviceLine& line : batch.newest_device) {
      names << deviceItem(line).name;
    }
    m_watch.setDeviceNames(names);
  }
  for (const DeviceRow& row : batch.devices) {
    m_watch.add(row);
  }
}

std::vector<RunAlarm> RunAlarms::at(double now_s) const {
  AlarmFacts facts = m_facts;
  facts.now = now_s;
  if (m_rowsTaken_s >= 0) {
    facts.silentSeconds = m_ageThen_s + monotonic_seconds() - m_rowsTaken_s;
  }
  return withJournal(m_watch.alarms(facts), m_journal, now_s);
}

QString warningText(const QList<JournalItem>& alarms) {
  const auto newest = std::find_if(alarms.begin(), alarms.end(),
                                   [](const JournalItem& alarm) { return alarm.kind != "info" && alarm.secondsAgo < kRecent_s; });
  return newest == alarms.end() ? QString() : newest->text + (newest->done.isEmpty() ? QString() : '\n' + newest->done);
}

}  // namespace darkroom::app
