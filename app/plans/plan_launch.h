// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QStringList>
#include <functional>

#include "core/plan/training_plan.h"

namespace darkroom::app {

class TrainingClient;

/// From a plan to a run: its name, its devices, what it reads and writes, and its start.
class PlanLaunch : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  /// The plan that is shown can be launched, and none is being launched.
  Q_PROPERTY(bool ready READ ready NOTIFY changed)
  /// What a launch would read and write, a line each.
  Q_PROPERTY(QStringList lines READ lines NOTIFY changed)
  /// One rank a device: "cuda:0, cuda:1".
  Q_PROPERTY(QString devices READ devices WRITE setDevices NOTIFY devicesChanged)

 public:
  /// What a launch needs to know of the plan that is shown.
  struct Subject {
    TrainingPlan plan;
    bool sound = false;  ///< has no problem that stops it, and fits its devices
    QString disk;        ///< what it needs of the disk; empty: not known
  };

  /// workspacePath  its runs/ is where new runs lie
  /// save           saves the plan that is shown and gives its file; empty when it could not, which it has said
  PlanLaunch(TrainingClient* client, QString workspacePath, std::function<QString()> save, QObject* parent);

  bool ready() const { return m_subject.sound && m_starting.isEmpty(); }
  QStringList lines() const;
  QString devices() const { return m_devices.join(QStringLiteral(", ")); }
  const QStringList& deviceList() const { return m_devices; }
  void setDevices(const QString& devices);
  /// The engine's choice, until somebody makes another.
  void chooseDevices();
  void show(const Subject& subject);

  /// Saves the plan and trains it as a new run under this name. `failed` when it cannot.
  Q_INVOKABLE void start(const QString& runName);
  /// A name for the next run of the plan that is free.
  Q_INVOKABLE QString freeName() const;

 signals:
  void changed();
  void devicesChanged();
  /// It is there and trains; its directory.
  void started(const QString& run);
  void failed(const QString& text);

 private:
  QString runsFolder() const { return m_workspacePath + QStringLiteral("/runs"); }
  void ended(const QString& run);

  TrainingClient* m_client;
  QString m_workspacePath;
  std::function<QString()> m_save;
  Subject m_subject;
  QStringList m_devices;
  QString m_starting;  ///< directory of the run that was asked for and is not there yet
};

}  // namespace darkroom::app
