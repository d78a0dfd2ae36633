// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/data_build.h"

#include <QTimer>

#include "core/base/json.h"

namespace darkroom::app {

DataBuild::DataBuild(const EngineCommand& command, const QStringList& tars, const QString& model, const QString& out, QObject* parent)
    : QObject(parent) {
  connect(&m_process, &QProcess::readyReadStandardOutput, this, &DataBuild::read);
  connect(&m_process, &QProcess::readyReadStandardError, this, [this] { m_log.feed(m_process.readAllStandardError()); });
  connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) {
      emit failed(tr("The engine cannot be started: %1 (%2).").arg(m_process.errorString(), m_process.program()), {});
    }
  });
  connect(&m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
    read();
    if (status == QProcess::NormalExit && code == 0) {
      emit finished();
      return;
    }
    emit failed(!m_error.isEmpty()              ? m_error
                : status == QProcess::CrashExit ? tr("Building the dataset was ended by a signal.")
                                                : tr("Building the dataset ended with exit code %1.").arg(code),
                m_log.text());
  });
  m_process.setProgram(command.program);
  m_process.setArguments(command.arguments(QStringList{"data", "build"} + tars + QStringList{"--model", model, "--out", out, "--json"}));
  QTimer::singleShot(0, this, [this] { m_process.start(); });
}

DataBuild::~DataBuild() {
  m_process.disconnect(this);
  if (m_process.state() != QProcess::NotRunning) {
    m_process.terminate();
    if (!m_process.waitForFinished(2000)) {
      m_process.kill();
      m_process.waitForFinished(500);
    }
  }
}

void DataBuild::read() {
  m_open += m_process.readAllStandardOutput();
  for (qsizetype end = m_open.indexOf('\n'); end >= 0; end = m_open.indexOf('\n')) {
    const QByteArray line = m_open.left(end);
    m_open.remove(0, end + 1);
    const Json event = Json::parse(line.toStdString(), nullptr, false);
    if (!event.is_object()) {
      continue;
    }
    const std::string kind = event.value("event", "");
    if (kind == "error") {
      m_error = QString::fromStdString(event.value("message", ""));
    } else if (kind == "progress") {
      const auto number = [&event](const char* key) {
        return event.contains(key) && event[key].is_number() ? event[key].get<double>() : 0.0;
      };
      emit progressed(QString::fromStdString(event.value("stage", "")), static_cast<qint64>(number("done")),
                      static_cast<qint64>(number("total")));
    }
  }
}

}  // namespace darkroom::app
