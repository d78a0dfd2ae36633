// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/engine_supervisor.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "core/base/log.h"

namespace darkroom::app {

EngineSupervisor::EngineSupervisor(EngineCommand command, const Timeouts& timeouts, QObject* parent)
    : QObject(parent), m_command(std::move(command)), m_timeouts(timeouts) {
  m_helloTimer.setSingleShot(true);
  connect(&m_helloTimer, &QTimer::timeout, this,
          [this] { lost(tr("The engine did not answer within %1 s of its start.").arg(m_timeouts.hello_ms / 1000)); });
  m_pingTimer.setInterval(m_timeouts.ping_every_ms);
  connect(&m_pingTimer, &QTimer::timeout, this, [this] {
    if (m_lastFrame.elapsed() > m_timeouts.silence_ms) {
      lost(tr("The engine has said nothing for %1 s and was ended.").arg(m_timeouts.silence_ms / 1000));
      return;
    }
    if (m_deaths > 0 && m_readySince.elapsed() > m_timeouts.stable_ms) {
      m_deaths = 0;
    }
    send(message::Ping{"ping-" + std::to_string(++m_pings)});
  });
}

EngineSupervisor::~EngineSupervisor() { stop(); }

void EngineSupervisor::setState(State state) {
  m_state = state;
  emit stateChanged();
}

void EngineSupervisor::start() {
  if (m_process) {
    return;
  }
  m_deaths = 0;
  m_problem.clear();
  setState(State::starting);
  launch();
}

void EngineSupervisor::launch() {
  m_decoder = FrameDecoder();
  m_greeted = false;
  m_log.clear();
  m_process = new QProcess(this);
  m_process->setProcessChannelMode(QProcess::SeparateChannels);
  connect(m_process, &QProcess::readyReadStandardOutput, this, &EngineSupervisor::read);
  connect(m_process, &QProcess::readyReadStandardError, this, [this] { m_log.feed(m_process->readAllStandardError()); });
  connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) {
      lost(tr("The engine cannot be started: %1 (%2).").arg(m_process->errorString(), m_command.program));
    }
  });
  connect(m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
    read();
    if (!m_process) {
      return;
    }
    m_log.feed(m_process->readAllStandardError() + '\n');
    lost(status == QProcess::CrashExit ? tr("The engine was ended by a signal or crashed.")
                                       : tr("The engine ended with exit code %1.").arg(code));
  });
  m_process->start(m_command.program, m_command.arguments({QStringLiteral("serve"), QStringLiteral("--stdio")}));
  if (!m_process) {
    return;  // FailedToStart was told from within start()
  }
  m_helloTimer.start(m_timeouts.hello_ms);
  message::Hello hello;
  hello.version = QCoreApplication::applicationVersion().toStdString();
  hello.pid = QCoreApplication::applicationPid();
  const std::string bytes = encode_frame(to_frame(message::FromStudio(hello)));
  m_process->write(bytes.data(), static_cast<qint64>(bytes.size()));
}

bool EngineSupervisor::send(const message::FromStudio& message) {
  if (m_state != State::ready || !m_process) {
    return false;
  }
  const std::string bytes = encode_frame(to_frame(message));
  return m_process->write(bytes.data(), static_cast<qint64>(bytes.size())) == static_cast<qint64>(bytes.size());
}

void EngineSupervisor::read() {
  const QByteArray bytes = m_process->readAllStandardOutput();
  try {
    m_decoder.feed(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
    while (std::optional<Frame> frame = m_decoder.next()) {
      handle(std::move(*frame));
      if (!m_process) {
        return;
      }
    }
  } catch (const Error& error) {
    lost(tr("The engine broke the protocol: %1").arg(QString::fromUtf8(error.what())));
  }
}

void EngineSupervisor::handle(Frame frame) {
  m_lastFrame.start();
  const message::FromEngine message = engine_message(std::move(frame));
  if (const auto* hello = std::get_if<message::Hello>(&message)) {
    check_hello(*hello);
    m_hello = *hello;
    m_greeted = true;
    m_helloTimer.stop();
    m_problem.clear();
    m_readySince.start();
    m_pingTimer.start();
    setState(State::ready);
    return;
  }
  if (!m_greeted) {
    throw Error(ErrorCode::protocol, "the first frame is not Hello");
  }
  if (!std::holds_alternative<message::Pong>(message)) {
    emit received(message);
  }
}

void EngineSupervisor::lost(const QString& reason) {
  if (!m_process) {
    return;
  }
  m_helloTimer.stop();
  m_pingTimer.stop();
  QProcess* process = std::exchange(m_process, nullptr);
  process->disconnect(this);
  m_log.feed(process->readAllStandardError() + '\n');
  process->kill();
  process->deleteLater();
  m_problem = reason;
  log().warn("{}", reason.toStdString());
  const bool again = m_greeted && ++m_deaths <= 1;
  setState(again ? State::restarting : State::failed);
  emit died(reason, m_log.text());
  if (again && m_state == State::restarting) {
    QTimer::singleShot(200, this, [this] {
      if (m_state == State::restarting && !m_process) {
        launch();
      }
    });
  }
}

void EngineSupervisor::stop() {
  m_helloTimer.stop();
  m_pingTimer.stop();
  if (!m_process) {
    if (m_state == State::restarting) {
      setState(State::stopped);  // what was sent has its answer from the death
    }
    return;
  }
  QProcess* process = std::exchange(m_process, nullptr);
  process->disconnect(this);
  // The end of its input is the engine's request to end.
  process->closeWriteChannel();
  if (!process->waitForFinished(1500)) {
    process->kill();
    process->waitForFinished(500);
  }
  process->deleteLater();
  setState(State::stopped);
  emit died(tr("The engine was stopped."), {});
}

}  // namespace darkroom::app
