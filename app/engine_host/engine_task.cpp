// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/engine_task.h"

#include <QTimer>

namespace darkroom::app {

EngineTask::EngineTask(const EngineCommand& command, const QStringList& arguments, QObject* parent)
    : QObject(parent), m_name(arguments.value(0)), m_done(Json::object()) {
  connect(&m_process, &QProcess::readyReadStandardOutput, this, &EngineTask::read);
  connect(&m_process, &QProcess::readyReadStandardError, this, [this] { m_log.feed(m_process.readAllStandardError()); });
  connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) {
      emit failed(tr("The engine cannot be started: %1 (%2).").arg(m_process.errorString(), m_process.program()), {});
    }
  });
  connect(&m_process, &QProcess::finished, this, &EngineTask::ended);
  m_process.setProgram(command.program);
  m_process.setArguments(command.arguments(arguments + QStringList{"--json"}));
  QTimer::singleShot(0, this, [this] { m_process.start(); });
}

EngineTask::~EngineTask() {
  m_process.disconnect(this);
  if (m_process.state() != QProcess::NotRunning) {
    m_process.terminate();
    if (!m_process.waitForFinished(2000)) {
      m_process.kill();
      m_process.waitForFinished(500);
    }
  }
}

void EngineTask::stop() {
  if (++m_stops == 1) {
    m_process.terminate();
  } else {
    m_process.kill();
  }
}

void EngineTask::ended(int code, QProcess::ExitStatus status) {
  read();
  // Some commands answer and end with 1 when the answer is no: a plan that does not fit.
  if (status == QProcess::NormalExit && (code == 0 || (code == 1 && !m_done.empty()))) {
    emit finished(m_done);
  } else if (m_stops > 0) {
    emit stopped();
  } else if (!m_error.isEmpty()) {
    emit failed(m_error, m_log.text());
  } else if (status == QProcess::CrashExit) {
    emit failed(tr("The engine's command %1 was ended by a signal.").arg(m_name), m_log.text());
  } else {
    emit failed(tr("The engine's command %1 ended with exit code %2.").arg(m_name).arg(code), m_log.text());
  }
}

void EngineTask::read() {
  m_open += m_process.readAllStandardOutput();
  for (qsizetype end = m_open.indexOf('\n'); end >= 0; end = m_open.indexOf('\n')) {
    const QByteArray line = m_open.left(end);
    m_open.remove(0, end + 1);
    const Json event = Json::parse(line.toStdString(), nullptr, false);
    if (!event.is_object()) {
      continue;
    }
    const auto text = [&event](const char* key) {
      return event.contains(key) && event[key].is_string() ? QString::fromStdString(event[key].get<std::string>()) : QString();
    };
    const auto number = [&event](const char* key, double otherwise) {
      return event.contains(key) && event[key].is_number() ? event[key].get<double>() : otherwise;
    };
    const QString kind = text("event");
    if (kind == "error") {
      m_error = text("message");
    } else if (kind == "done") {
      m_done = event;
    } else if (kind == "progress") {
      emit progressed(text("stage"), number("done", 0), number("total", 0), text("unit"), number("seconds_left", -1));
    }
  }
}

}  // namespace darkroom::app
