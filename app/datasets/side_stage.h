// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>

#include "app/datasets/dataset_items.h"
#include "app/datasets/stage_pace.h"
#include "app/engine_host/engine_command.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// A stage beside the row of seven, with the states and the words that they have: one command of the engine, run, stopped and gone on with.
class SideStage : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(QString title READ title CONSTANT)
  /// "waiting", "running", "paused", "failed", "done", "stale"
  Q_PROPERTY(QString state READ state NOTIFY changed)
  /// 0 to 1; negative: not known.
  Q_PROPERTY(double progress READ progress NOTIFY changed)
  Q_PROPERTY(QString percentText READ percentText NOTIFY changed)
  Q_PROPERTY(QString line READ line NOTIFY changed)
  Q_PROPERTY(QString detail READ detail NOTIFY changed)
  /// Why it failed, and the last lines of its log.
  Q_PROPERTY(QString problem READ problem NOTIFY changed)
  Q_PROPERTY(QString log READ log NOTIFY changed)
  /// It runs for what is looked at.
  Q_PROPERTY(bool running READ running NOTIFY changed)

 public:
  ~SideStage() override;

  QString title() const { return m_rest.title; }
  QString state() const { return item().state; }
  double progress() const { return item().progress; }
  QString percentText() const { return item().percentText; }
  QString line() const { return item().line; }
  QString detail() const { return item().detail; }
  QString problem() const { return item().problem; }
  QString log() const { return item().log; }
  virtual bool running() const { return active(); }
  /// It runs at all, perhaps for a source that nobody looks at.
  bool active() const { return !m_task.isNull(); }
  /// For the activity bar.
  const StageItem& activity() const { return m_live; }

  /// Asks it to save and end.
  Q_INVOKABLE void pause();

 signals:
  void changed();
  void failed(const QString& text);

 protected:
  SideStage(const EngineCommand& command, const QString& key, const QString& title, QObject* parent);

  /// Runs a command; one at a time.
  void start(const QStringList& arguments);
  /// What is known while it does not run: without key and title.
  void rest(const StageItem& item);
  /// It came to its end. Both are followed by `changed`.
  virtual void finished(const Json& done, double seconds) = 0;
  /// It was paused, or failed: the row says which and why.
  virtual void left(const StageItem& row) = 0;

 private:
  const StageItem& item() const { return running() ? m_live : m_rest; }
  void leave(const QString& state, const QString& detail);
  void ended();

  EngineCommand m_command;
  QPointer<EngineTask> m_task;
  StageItem m_live;
  StageItem m_rest;
  StagePace m_pace;
};

}  // namespace darkroom::app
