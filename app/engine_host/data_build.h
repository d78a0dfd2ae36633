// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QStringList>

#include "app/engine_host/engine_command.h"
#include "app/engine_host/last_lines.h"

namespace darkroom::app {

/// `darkroom-engine data build … --json` with its progress. A build that is broken off goes on where it was at the next start.
class DataBuild : public QObject {
  Q_OBJECT

 public:
  DataBuild(const EngineCommand& command, const QStringList& tars, const QString& model, const QString& out, QObject* parent = nullptr);
  ~DataBuild() override;

 signals:
  /// `stage` as the engine names it ("encode"); total 0: not known.
  void progressed(const QString& stage, qint64 done, qint64 total);
  void finished();
  /// A sentence, and the last lines.
  void failed(const QString& reason, const QString& log);

 private:
  void read();

  QProcess m_process;
  QByteArray m_open;
  LastLines m_log;
  QString m_error;
};

}  // namespace darkroom::app
