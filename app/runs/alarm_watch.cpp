// SPDX-License-Identifier: GPL-3.0-or-later
// Skipped batches, rollbacks, deaths and failed saves stand in the journal already; these are the rest.
#include "app/runs/alarm_watch.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <algorithm>
#include <cmath>

#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

constexpr size_t kMostKept = 20;
constexpr int64_t kSameTrouble = 100;  ///< steps: what happens again within them is the same
constexpr double kMeanWeight = 0.99;   ///< of the loss, a row
constexpr double kWaitWeight = 0.95;
constexpr int kWaitRows = 40;

QString alarmText(const char* text) { return QCoreApplication::translate("RunAlarms", text); }

RunAlarm alarm(const QString& key, const char* kind, const QString& text, const QString& done, double time, double step, double now) {
  JournalItem item;
  item.kind = QString::fromLatin1(kind);
  item.text = text;
  item.done = done;
  item.time = time;
  item.step = step;
  item.secondsAgo = std::max(0.0, now - time);
  return {key, item};
}

void sortByTime(std::vector<RunAlarm>& list) {
  std::stable_sort(list.begin(), list.end(), [](const RunAlarm& a, const RunAlarm& b) { return a.item.time > b.item.time; });
}

}  // namespace

void AlarmWatch::clear() {
  const AlarmRules rules = m_rules;
  *this = AlarmWatch(rules);
}

void AlarmWatch::setPlan(const TrainingPlan& plan) {
  m_sourceNames.clear();
  m_comparable.clear();
  m_clipNorm = plan.clip_norm;
  QStringList kinds;
  for (const PhasePlan& phase : plan.phases) {
    QStringList names;
    for (const SourcePlan& source : phase.sources) {
      names << QFileInfo(QString::fromStdString(source.dataset)).fileName();
    }
    m_sourceNames.push_back(names);
    const QString kind = QString::fromStdString(phase.prediction);
    if (!kinds.contains(kind)) {
      kinds << kind;
    }
    m_comparable.push_back(static_cast<int>(kinds.indexOf(kind)));
  }
}

void AlarmWatch::merge(std::vector<Happened>& list, const Happened& next) {
  if (!list.empty() && next.firstStep - list.back().lastStep <= kSameTrouble) {
    Happened& last = list.back();
    last.lastStep = next.lastStep;
    last.time = next.time;
    ++last.count;
    if (next.value > last.value) {
      last.value = next.value;
      last.mean = next.mean;
      last.norm = next.norm;
    }
    return;
  }
  list.push_back(next);
  if (list.size() > kMostKept) {
    list.erase(list.begin());
  }
}

void AlarmWatch::addLoss(const StepReport& row) {
  if (row.phase != m_phase) {
    m_phase = row.phase;
    m_rows = 0;  // another mixture, another weighting: another mean
  }
  if (row.skipped != 0) {
    return;  // the journal tells
  }
  if (!std::isfinite(row.loss)) {
    merge(m_notFinite, {.firstStep = row.step, .lastStep = row.step, .time = row.time});
    return;
  }
  if (m_rows >= m_rules.spikeRows && row.loss > m_rules.spikeFactor * m_mean) {
    merge(m_spikes,
          {.firstStep = row.step, .lastStep = row.step, .time = row.time, .value = row.loss, .mean = m_mean, .norm = row.grad_norm});
  }
  const double weight = std::min(kMeanWeight, static_cast<double>(m_rows) / (m_rows + 1.0));
  m_mean = weight * m_mean + (1 - weight) * row.loss;
  ++m_rows;
}

void AlarmWatch::addValidation(const StepReport& row) {
  if (!std::isfinite(row.validation_loss_unweighted)) {
    return;
  }
  const auto phase = static_cast<size_t>(std::max<int64_t>(row.phase, 0));
  const int kind = phase < m_comparable.size() ? m_comparable[phase] : 0;
  if (kind != m_validationKind) {
    m_validationKind = kind;
    m_sources.clear();
  }
  for (size_t index = 0; index < row.validation_by_source.size(); ++index) {
    const double loss = row.validation_by_source[index];
    if (!std::isfinite(loss)) {
      continue;
    }
    const auto place = static_cast<qsizetype>(index);
    const QString name = phase < m_sourceNames.size() && place < m_sourceNames[phase].size() ? m_sourceNames[phase][place]
                                                                                             : alarmText("source %1").arg(index + 1);
    auto found = std::find_if(m_sources.begin(), m_sources.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == m_sources.end()) {
      m_sources.push_back({name, {}});
      found = m_sources.end() - 1;
    }
    Source& source = found->second;
    source.latest = loss;
    source.latestStep = row.step;
    source.time = row.time;
    if (source.validations++ == 0 || loss < source.best) {
      source.best = loss;
      source.bestStep = row.step;
    }
  }
}

void AlarmWatch::add(const StepReport& row) {
  m_lastTime = row.time;
  m_lastStep = row.step;
  addLoss(row);
  addValidation(row);
  if (std::isfinite(row.step_ms) && std::isfinite(row.data_wait_ms) && row.step_ms > 0) {
    const double share = std::clamp(row.data_wait_ms / row.step_ms, 0.0, 1.0);
    m_waitShare = m_waitRows == 0 ? share : kWaitWeight * m_waitShare + (1 - kWaitWeight) * share;
    ++m_waitRows;
  }
}

void AlarmWatch::add(const DeviceRow& row) {
  if (row.device < 0 || !std::isfinite(row.temperature_c)) {
    return;
  }
  const auto place = static_cast<size_t>(row.device);
  m_heat.resize(std::max(m_heat.size(), place + 1));
  Heat& heat = m_heat[place];
  heat.celsius = static_cast<double>(row.temperature_c);
  if (heat.celsius < m_rules.hotCelsius) {
    heat.inARow = 0;
  } else if (heat.inARow++ == 0) {
    heat.since = row.time;
  }
}

QStringList AlarmWatch::forgotten() const {
  QStringList names;
  for (const auto& [name, source] : m_sources) {
    if (source.forgotten(m_rules)) {
      names << name;
    }
  }
  return names;
}

std::vector<RunAlarm> AlarmWatch::alarms(const AlarmFacts& facts) const {
  std::vector<RunAlarm> list;
  const auto add = [&](const QString& key, const char* kind, const QString& text, const QString& done, double time, double step) {
    list.push_back(alarm(key, kind, text, done, time, step, facts.now));
  };
  for (const Happened& happened : m_notFinite) {
    const QString text =
        happened.count > 1
            ? alarmText("The loss was not finite at %1 steps from %2 to %3.")
                  .arg(happened.count)
                  .arg(Format::count(static_cast<double>(happened.firstStep)), Format::count(static_cast<double>(happened.lastStep)))
            : alarmText("The loss was not finite at step %1.").arg(Format::count(static_cast<double>(happened.firstStep)));
    add(QStringLiteral("not finite %1").arg(happened.firstStep), "error", text,
        alarmText("Its gradient was finite and was used. Stop, and branch at a save before it if it stays."), happened.time,
        static_cast<double>(happened.lastStep));
  }
  for (const Happened& happened : m_spikes) {
    const bool clipped = m_clipNorm > 0 && happened.norm > m_clipNorm;
    add(QStringLiteral("spike %1").arg(happened.firstStep), "info",
        alarmText("Spike at step %1: the loss was %2, its mean %3.")
            .arg(Format::count(static_cast<double>(happened.firstStep)), Format::number(happened.value, 4),
                 Format::number(happened.mean, 4)),
        clipped
            ? alarmText("The gradient was clipped from %1 to %2 and used.").arg(Format::figure(happened.norm), Format::figure(m_clipNorm))
            : alarmText("The gradient was within bounds and was used."),
        happened.time, static_cast<double>(happened.firstStep));
  }
  for (const auto& [name, source] : m_sources) {
    if (source.forgotten(m_rules)) {
      add(QStringLiteral("forgetting %1 %2").arg(name).arg(source.bestStep), "warning",
          alarmText("%1 is being forgotten: %2, best %3.").arg(name, Format::number(source.latest, 3), Format::number(source.best, 3)),
          alarmText("It was best at step %1. Nothing was done: raise its share in the plan, or branch at the save nearest to that step.")
              .arg(Format::count(static_cast<double>(source.bestStep))),
          source.time, static_cast<double>(source.latestStep));
    }
  }
  for (size_t device = 0; device < m_heat.size(); ++device) {
    if (m_heat[device].inARow >= m_rules.hotSamples && facts.live) {
      add(QStringLiteral("heat %1").arg(device), "warning",
          alarmText("%1 is at %2 °C.")
              .arg(m_deviceNames.value(static_cast<qsizetype>(device), alarmText("A device")), Format::number(m_heat[device].celsius, 0)),
          alarmText("Nothing was done; the card lowers its own clock. See to its cooling, or lower its power limit."), m_heat[device].since,
          -1);
    }
  }
  if (!facts.live) {
    sortByTime(list);
    return list;
  }
  const double silent_s = m_lastTime > 0 ? facts.silentSeconds.value_or(facts.now - m_lastTime) : 0;
  if (silent_s > std::max(m_rules.stallSeconds, std::isfinite(facts.secondsPerStep) ? m_rules.stallSteps * facts.secondsPerStep : 0.0)) {
    add(QStringLiteral("stall %1").arg(m_lastStep), "warning", alarmText("No step for %1.").arg(Format::duration(silent_s)),
        alarmText(
            "It may be saving, sampling or validating. Workers that are silent for a minute are ended and started again from the last "
            "save."),
        m_lastTime, static_cast<double>(m_lastStep));
  }
  if (m_waitRows >= kWaitRows && m_waitShare > m_rules.waitShare) {
    add(QStringLiteral("waiting"), "warning", alarmText("Training waits for data: %1 of each step.").arg(Format::percent(m_waitShare)),
        alarmText("Nothing was done. Hold the latents in memory (latents.memory), or put the datasets on a faster disk."), m_lastTime, -1);
  }
  if (facts.freeBytes >= 0 && facts.freeBytes < std::max(m_rules.freeBytes, m_rules.freeCheckpoints * facts.checkpointBytes)) {
    add(QStringLiteral("disk"), "warning",
        alarmText("The disk has %1 left; a checkpoint takes %2.").arg(Format::bytes(facts.freeBytes), Format::bytes(facts.checkpointBytes)),
        alarmText("Nothing was removed. Training goes on without saves when it is full: free some space."), facts.now, -1);
  }
  sortByTime(list);
  return list;
}

std::vector<RunAlarm> withJournal(std::vector<RunAlarm> found, const QList<JournalItem>& journal, double now) {
  for (const JournalItem& item : journal) {
    found.push_back({QStringLiteral("journal %1 %2").arg(item.time, 0, 'f', 3).arg(item.text), item});
    found.back().item.secondsAgo = std::max(0.0, now - item.time);
  }
  sortByTime(found);
  return found;
}

}  // namespace darkroom::app
