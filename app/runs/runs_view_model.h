// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>

#include "app/runs/live_alarms.h"
#include "app/runs/run_list_model.h"
#include "app/runs/run_overlays.h"
#include "app/runs/run_view_model.h"

namespace darkroom::app {

class EngineTask;
class TrainingClient;

/// The Runs page: the list, the run that is shown, and the demo.
///
/// Main.qml has it as `required property RunsViewModel runs`.
class RunsViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")
  Q_PROPERTY(darkroom::app::RunListModel* list READ list CONSTANT)
  /// Always there; `run.open` says whether a run is chosen.
  Q_PROPERTY(darkroom::app::RunViewModel* run READ run CONSTANT)
  /// Runs that can be laid over it.
  Q_PROPERTY(darkroom::app::RunOverlays* overlays READ overlays CONSTANT)
  /// Path of the chosen run, or empty. Choosing one that the list lacks does nothing.
  Q_PROPERTY(QString selected READ selected WRITE setSelected NOTIFY selectedChanged)
  /// Starting the demo: its data is built, then its run begins.
  Q_PROPERTY(DemoState demoState READ demoState NOTIFY demoChanged)
  /// "Encoding pictures, 320 of 800", or why it failed.
  Q_PROPERTY(QString demoText READ demoText NOTIFY demoChanged)
  /// 0 to 1; negative: not known.
  Q_PROPERTY(double demoProgress READ demoProgress NOTIFY demoChanged)
  /// Log lines of a start that failed.
  Q_PROPERTY(QString demoDetail READ demoDetail NOTIFY demoChanged)

 public:
  enum DemoState { DemoIdle, DemoBuildingData, DemoStarting, DemoFailed };
  Q_ENUM(DemoState)

  /// workspacePath: its runs/, datasets/ and plans/ are used.
  RunsViewModel(TrainingClient* client, const QString& workspacePath, QObject* parent = nullptr);

  RunListModel* list() const { return m_list; }
  RunViewModel* run() const { return m_run; }
  RunOverlays* overlays() const { return m_overlays; }
  QString selected() const { return m_run->path(); }
  void setSelected(const QString& path);
  DemoState demoState() const { return m_demoState; }
  QString demoText() const { return m_demoText; }
  double demoProgress() const { return m_demoProgress; }
  QString demoDetail() const { return m_demoDetail; }

  /// Builds the demo's dataset if it is not there, then trains its plan as a new run, and shows that run.
  Q_INVOKABLE void startDemo();
  Q_INVOKABLE void dismissDemo();
  /// Asks for the Plans page, where a new run begins.
  Q_INVOKABLE void newRun() { emit planRequested(); }
  /// Shows a run that was started elsewhere, as soon as the list has it.
  void openWhenThere(const QString& path);
  /// Of a run that trains: the newest alarm of the last hour, with what was done about it; empty: none.
  QString warningOf(const QString& path) const;

 signals:
  void selectedChanged();
  void demoChanged();
  /// A run was started; its directory.
  void runStarted(const QString& path);
  void failed(const QString& text);
  /// The Plans page shall show a plan for a new run.
  void planRequested();
  void branchRequested(const darkroom::TrainingPlan& plan);
  /// Of a run that trains, whether it is shown or not.
  void alarmRaised(const QString& path, const QString& name, const darkroom::app::JournalItem& alarm);
  /// What warningOf() says of one of the runs.
  void warningsChanged();

 private:
  void setDemo(DemoState state, const QString& text, double progress, const QString& detail = {});
  void followList();
  void watchAlarms();
  void showWarnings();
  void trainDemo(const QString& dataset);

  TrainingClient* m_client;
  QString m_workspacePath;
  RunListModel* m_list;
  RunOverlays* m_overlays;
  RunViewModel* m_run;
  LiveAlarms* m_liveAlarms;
  DemoState m_demoState = DemoIdle;
  QString m_demoText;
  double m_demoProgress = -1;
  QString m_demoDetail;
  QString m_demoRun;        ///< the demo's run while it starts
  QString m_openWhenThere;  ///< a run that was started here and is not in the list yet
  EngineTask* m_build = nullptr;
};

}  // namespace darkroom::app
