// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>
#include <QStringList>
#include <QTemporaryDir>
#include <QTimer>
#include <limits>

#include "app/engine_host/engine_command.h"
#include "app/plans/forecast_items.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// What a plan would take: the engine's `plan forecast`, asked again a moment after the last edit. The newest plan wins; while it is being
/// reckoned the last answer stays.
class PlanForecast : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  /// There is an answer.
  Q_PROPERTY(bool known READ known NOTIFY changed)
  Q_PROPERTY(bool measuring READ measuring NOTIFY changed)
  /// "estimated", "measured", "measuring, 12 s left", "out of date"
  Q_PROPERTY(QString stateText READ stateText NOTIFY changed)
  /// Why there is none, or what would have to change for the plan to fit; or empty.
  Q_PROPERTY(QString problem READ problem NOTIFY changed)
  Q_PROPERTY(QStringList deviceNames READ deviceNames NOTIFY changed)
  Q_PROPERTY(darkroom::app::ForecastPartModel* parts READ parts CONSTANT)
  /// Of the phase that needs most, on each device.
  Q_PROPERTY(double peakBytes READ peakBytes NOTIFY changed)
  /// What a device has; 0: not known.
  Q_PROPERTY(double deviceBytes READ deviceBytes NOTIFY changed)
  Q_PROPERTY(QString peakText READ peakText NOTIFY changed)
  Q_PROPERTY(QString deviceText READ deviceText NOTIFY changed)
  Q_PROPERTY(darkroom::app::ForecastPhaseModel* phases READ phases CONSTANT)
  Q_PROPERTY(QString totalTimeText READ totalTimeText NOTIFY changed)
  /// "638 GB"
  Q_PROPERTY(QString diskText READ diskText NOTIFY changed)
  Q_PROPERTY(QString diskDetail READ diskDetail NOTIFY changed)

 public:
  explicit PlanForecast(const EngineCommand& command, QObject* parent = nullptr);
  ~PlanForecast() override;

  bool known() const { return !m_answer.is_null(); }
  bool measuring() const { return m_measuring; }
  QString stateText() const;
  QString problem() const { return m_problem; }
  QStringList deviceNames() const { return m_deviceNames; }
  ForecastPartModel* parts() const { return m_parts; }
  double peakBytes() const { return m_peakBytes; }
  double deviceBytes() const { return m_deviceBytes; }
  QString peakText() const;
  QString deviceText() const;
  ForecastPhaseModel* phases() const { return m_phases; }
  QString totalTimeText() const;
  QString diskText() const { return m_diskText; }
  QString diskDetail() const { return m_diskDetail; }
  /// Of each phase; empty while not known, NaN for a phase of which it is not.
  QList<double> phaseSeconds() const { return m_seconds; }
  /// False only when a forecast says that the plan needs more than the devices have.
  bool fits() const { return m_fits; }
  bool settled() const { return m_task.isNull() && !m_wait.isActive(); }

  /// The plan to reckon, complete and without problems, and its devices; null: none.
  void show(const Json& plan, const QStringList& devices);
  /// Real steps on the devices (`--probe`).
  Q_INVOKABLE void measure();
  Q_INVOKABLE void stopMeasuring();

 signals:
  void changed();

 private:
  void ask(bool probe);
  void take(const Json& answer, bool measured);
  void takePhases(const Json& phases);
  void takeDisk(const Json& disk);
  void clear();

  EngineCommand m_command;
  QTemporaryDir m_folder;
  QTimer m_wait;
  QPointer<EngineTask> m_task;
  Json m_plan;  ///< asked for last
  QStringList m_devices;
  Json m_answer;
  bool m_current = false;  ///< the answer is of m_plan
  bool m_measured = false;
  bool m_measuring = false;
  bool m_fits = true;
  QString m_problem;
  QString m_progress;
  QStringList m_deviceNames;
  ForecastPartModel* m_parts;
  ForecastPhaseModel* m_phases;
  double m_peakBytes = 0;
  double m_deviceBytes = 0;
  double m_totalSeconds = std::numeric_limits<double>::quiet_NaN();
  QList<double> m_seconds;
  QString m_diskText;
  QString m_diskDetail;
};

}  // namespace darkroom::app
