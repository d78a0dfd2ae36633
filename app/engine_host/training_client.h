// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>

#include "app/engine_host/engine_supervisor.h"

namespace darkroom::app {

/// Starts training. A run is no child of the studio and needs no link: on this computer `darkroom-engine train` becomes a process of a
/// session of its own, on another one the engine there does the same. From then on the run directory tells everything: see RunFollower.
class TrainingClient : public QObject {
  Q_OBJECT

 public:
  explicit TrainingClient(EngineSupervisor* engine, QObject* parent = nullptr);

  /// Trains `plan` (a file) as a new run in the folder `run`. One rank for each of `devices`. A run that is starting is not started again.
  /// name  of the run in lists; empty: the plan's
  void start(const QString& plan, const QString& run, const QStringList& devices, const QString& name = {});
  /// Goes on from the newest checkpoint.
  void resume(const QString& run, const QStringList& devices);
  /// One rank a CUDA device, else two ranks on the CPU (one where it has a single core): what a run gets that nobody chose devices for.
  QStringList defaultDevices() const;
  const EngineCommand& command() const { return m_engine->command(); }

 signals:
  /// The run directory is there and held by its supervisor.
  void started(const QString& run);
  /// The supervisor ended before that; a sentence, and its last lines.
  void failed(const QString& run, const QString& reason, const QString& log);

 private:
  struct Launch {
    qint64 pid = 0;
    QString logFile;
  };
  struct Request {
    QString plan;
    QString run;
    QStringList devices;
    QString name;
    bool resume = false;
  };
  void launch(const Request& request);
  void askElsewhere(const Request& request);
  void watch();
  void tellEnd(const QString& run, const QString& logFile);

  EngineSupervisor* m_engine;
  QHash<QString, Launch> m_launches;   ///< by run: those that neither started nor failed yet
  QHash<QString, QString> m_requests;  ///< id of a StartTraining sent to another computer -> run
  QTimer m_watch;
  qint64 m_next = 1;
};

}  // namespace darkroom::app
