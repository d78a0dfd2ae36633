// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QStringList>

#include "app/engine_host/engine_command.h"
#include "app/engine_host/last_lines.h"
#include "core/base/json.h"

namespace darkroom::app {

/// One command of the engine run to its end beside the studio: `darkroom-engine <arguments> --json`. It starts by itself in the next turn
/// of the event loop, and ends in exactly one of `finished`, `failed` and `stopped`.
///
/// Commands keep what they have done: one that is broken off goes on where it was at the next start.
class EngineTask : public QObject {
  Q_OBJECT

 public:
  EngineTask(const EngineCommand& command, const QStringList& arguments, QObject* parent = nullptr);
  /// Ends the command, and waits for it up to 2.5 s.
  ~EngineTask() override;

  /// Asks it to end, as Ctrl-C does: it saves and leaves. Asking twice ends it at once.
  void stop();

 signals:
  /// `stage` as the engine names it ("encode"); total 0: not known; secondsLeft negative: not known.
  void progressed(const QString& stage, double done, double total, const QString& unit, double secondsLeft);
  /// The last line of a command that has an answer, {"event":"done",…}.
  void finished(const darkroom::Json& done);
  /// A sentence, and the last lines of its log.
  void failed(const QString& reason, const QString& log);
  /// After stop().
  void stopped();

 private:
  void read();
  void ended(int code, QProcess::ExitStatus status);

  QProcess m_process;
  QString m_name;
  QByteArray m_open;
  LastLines m_log;
  QString m_error;
  Json m_done;
  int m_stops = 0;
};

}  // namespace darkroom::app
