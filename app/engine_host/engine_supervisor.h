// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QProcess>
#include <QTimer>
#include <optional>

#include "app/engine_host/engine_command.h"
#include "app/engine_host/last_lines.h"
#include "core/protocol/codec.h"

namespace darkroom::app {

/// Starts `darkroom-engine serve --stdio`, greets it, watches it, starts it again once when it dies, then asks.
///
/// All in the GUI thread: reading and writing are asynchronous. A message goes out only while the state is `ready`.
class EngineSupervisor : public QObject {
  Q_OBJECT

 public:
  enum class State {
    stopped,   ///< not started yet, or stopped on purpose
    starting,  ///< the process runs, its Hello is awaited
    ready,
    restarting,  ///< died; is being started again by itself
    failed,      ///< died twice within a minute, or cannot be started: `problem()` says why; start() tries again
  };

  struct Timeouts {
    int hello_ms = 60000;  ///< LibTorch from a cold disk takes its time
    int ping_every_ms = 5000;
    int silence_ms = 60000;  ///< no frame at all for so long: it hangs, and is ended
    int stable_ms = 60000;   ///< ready for so long: an older death no longer counts
  };

  explicit EngineSupervisor(EngineCommand command, QObject* parent = nullptr) : EngineSupervisor(std::move(command), Timeouts(), parent) {}
  EngineSupervisor(EngineCommand command, const Timeouts& timeouts, QObject* parent = nullptr);
  ~EngineSupervisor() override;

  void start();
  /// Ends it on purpose: waits up to 2 s for the process, then tells `died`, so that everything that was sent has its answer.
  void stop();

  State state() const { return m_state; }
  const EngineCommand& command() const { return m_command; }
  /// Why it is not ready, a sentence; empty while all is well.
  QString problem() const { return m_problem; }
  QString logText() const { return m_log.text(); }
  /// What it said first; absent until it was ready once.
  const std::optional<message::Hello>& hello() const { return m_hello; }
  qint64 processId() const { return m_process ? m_process->processId() : 0; }

  /// False when it is not ready; the message is dropped then.
  bool send(const message::FromStudio& message);

 signals:
  void stateChanged();
  /// Every message but Hello and Pong, in order.
  void received(const darkroom::message::FromEngine& message);
  /// The link is gone: nothing that was sent will be answered. `reason` is a sentence, `log` its last lines.
  void died(const QString& reason, const QString& log);

 private:
  void launch();
  void read();
  void handle(Frame frame);
  void lost(const QString& reason);
  void setState(State state);

  EngineCommand m_command;
  Timeouts m_timeouts;
  QProcess* m_process = nullptr;
  FrameDecoder m_decoder;
  LastLines m_log;
  State m_state = State::stopped;
  QString m_problem;
  std::optional<message::Hello> m_hello;
  QTimer m_helloTimer;
  QTimer m_pingTimer;
  QElapsedTimer m_lastFrame;
  QElapsedTimer m_readySince;
  bool m_greeted = false;  ///< this process has said Hello
  int m_deaths = 0;        ///< since it was last stable
  qint64 m_pings = 0;
};

}  // namespace darkroom::app
