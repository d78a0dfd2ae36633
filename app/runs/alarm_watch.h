// SPDX-License-Identifier: GPL-3.0-or-later
// Trouble that nobody wrote into the journal, found in the numbers of a run: pure functions of what was added, no clock, no files.
#pragma once

#include <QHash>
#include <QStringList>
#include <optional>
#include <vector>

#include "app/engine_host/run_follower.h"
#include "app/runs/run_items.h"
#include "core/metrics/step_report.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// When a number is trouble.
struct AlarmRules {
  double spikeFactor = 3;      ///< a loss above so many times its running mean
  int spikeRows = 100;         ///< rows that the mean needs before it is believed
  double forgetMargin = 0.05;  ///< of a source's best validation loss, above which it is being forgotten
  double waitShare = 0.5;      ///< of the step's time, waiting for data
  double stallSeconds = 90;    ///< without a step, and
  double stallSteps = 10;      ///< as long as so many steps
  double hotCelsius = 87;      ///< cards slow down at about 90
  int hotSamples = 10;         ///< in a row
  double freeBytes = 2e9;      ///< of the disk, and
  double freeCheckpoints = 2;  ///< room for so many more
};

/// What is not in the rows.
struct AlarmFacts {
  double now = 0;  ///< s since 1970
  bool live = false;
  /// Since the newest row, by a clock that does not jump; absent: by `now` and the row's time.
  std::optional<double> silentSeconds;
  double secondsPerStep = std::numeric_limits<double>::quiet_NaN();
  double freeBytes = -1;  ///< negative: not known
  double checkpointBytes = 0;
};

/// An alarm in the list of a run. `key` stays the same while it is the same trouble: it is told once.
struct RunAlarm {
  QString key;
  JournalItem item;
};

/// Watches the rows of one run.
class AlarmWatch {
 public:
  explicit AlarmWatch(const AlarmRules& rules = {}) : m_rules(rules) {}

  void clear();
  /// Names sources, and says in which phases losses can be compared: before the rows of those phases are added.
  void setPlan(const TrainingPlan& plan);
  void add(const StepReport& row);
  void add(const DeviceRow& row);
  void setDeviceNames(const QStringList& names) { m_deviceNames = names; }
  /// What is or was wrong, newest first; of what happens often, the last ones.
  std::vector<RunAlarm> alarms(const AlarmFacts& facts) const;
  /// Sources that are being forgotten now.
  QStringList forgotten() const;

 private:
  struct Happened {
    int64_t firstStep = 0;
    int64_t lastStep = 0;
    double time = 0;
    double value = 0;
    double mean = 0;
    double norm = 0;
    int count = 1;
  };
  struct Source {
    double best = 0;
    int64_t bestStep = 0;
    double latest = 0;
    int64_t latestStep = 0;
    double time = 0;
    int validations = 0;
    bool forgotten(const AlarmRules& rules) const { return validations > 1 && latest > best * (1 + rules.forgetMargin); }
  };
  struct Heat {
    int inARow = 0;
    double celsius = 0;
    double since = 0;
  };
  void addLoss(const StepReport& row);
  void addValidation(const StepReport& row);
  static void merge(std::vector<Happened>& list, const Happened& next);

  AlarmRules m_rules;
  std::vector<QStringList> m_sourceNames;  ///< of each phase
  std::vector<int> m_comparable;           ///< of each phase: phases of one number can be compared
  double m_clipNorm = 0;
  QStringList m_deviceNames;
  std::vector<Happened> m_notFinite;
  std::vector<Happened> m_spikes;
  double m_mean = 0;
  int m_rows = 0;  ///< that the mean is of
  int64_t m_phase = -1;
  double m_lastTime = 0;
  int64_t m_lastStep = 0;
  double m_waitShare = 0;
  int m_waitRows = 0;
  int m_validationKind = -1;
  std::vector<std::pair<QString, Source>> m_sources;
  std::vector<Heat> m_heat;
};

/// What was found and what the journal tells, newest first.
std::vector<RunAlarm> withJournal(std::vector<RunAlarm> found, const QList<JournalItem>& journal, double now);

}  // namespace darkroom::app
