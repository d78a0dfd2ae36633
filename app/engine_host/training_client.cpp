// SPDX-License-Identifier: GPL-3.0-or-later
// QProcess::startDetached makes the child the leader of a new session, so neither the window's end nor Ctrl-C in its terminal reaches it.
#include "app/engine_host/training_client.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>

#include "app/engine_host/last_lines.h"
#include "app/engine_host/process_alive.h"
#include "core/base/error.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"

namespace darkroom::app {

TrainingClient::TrainingClient(EngineSupervisor* engine, QObject* parent) : QObject(parent), m_engine(engine) {
  m_watch.setInterval(200);
  connect(&m_watch, &QTimer::timeout, this, &TrainingClient::watch);
  connect(engine, &EngineSupervisor::received, this, [this](const message::FromEngine& message) {
    if (const auto* answer = std::get_if<message::TrainingStarted>(&message)) {
      if (const QString run = m_requests.take(QString::fromStdString(answer->id)); !run.isEmpty()) {
        emit started(run);
      }
    } else if (const auto* failure = std::get_if<message::Failed>(&message)) {
      if (const QString run = m_requests.take(QString::fromStdString(failure->id)); !run.isEmpty()) {
        emit failed(run, QString::fromStdString(failure->message), {});
      }
    }
  });
  connect(engine, &EngineSupervisor::died, this, [this](const QString& reason, const QString& log) {
    const QHash<QString, QString> requests = std::exchange(m_requests, {});
    for (const QString& run : requests) {
      emit failed(run, reason, log);
    }
  });
}

void TrainingClient::start(const QString& plan, const QString& run, const QStringList& devices, const QString& name) {
  launch({plan, run, devices, name, false});
}

void TrainingClient::resume(const QString& run, const QStringList& devices) {
  launch({QString::fromStdString((std::filesystem::path(run.toStdString()) / "plan.json").string()), run, devices, {}, true});
}

void TrainingClient::askElsewhere(const Request& request) {
  message::StartTraining message;
  message.id = "train-" + std::to_string(m_next++);
  message.plan = request.plan.toStdString();
  message.run = request.run.toStdString();
  message.resume = request.resume;
  if (!request.name.isEmpty()) {
    message.name = request.name.toStdString();
  }
  for (const QString& device : request.devices) {
    message.devices.push_back(device.toStdString());
  }
  if (m_engine->send(message)) {
    m_requests.insert(QString::fromStdString(message.id), request.run);
  } else {
    QTimer::singleShot(0, this,
                       [this, run = request.run] { emit failed(run, tr("The engine is not ready: %1").arg(m_engine->problem()), {}); });
  }
}

void TrainingClient::launch(const Request& request) {
  const QString& run = request.run;
  if (m_launches.contains(run) || !m_requests.keys(run).isEmpty()) {
    return;  // it starts already; a second supervisor could only be refused by its lock
  }
  if (!m_engine->command().local()) {
    askElsewhere(request);
    return;
  }
  QStringList arguments{"train", "--plan", request.plan, "--run", run};
  if (!request.devices.isEmpty()) {
    arguments << "--devices" << request.devices.join(',');
  }
  if (!request.name.isEmpty()) {
    arguments << "--name=" + request.name;  // a name may begin with a dash
  }
  if (request.resume) {
    arguments << "--resume";
  }
  Launch entry;
  // Beside the run, as the engine wants to make that folder itself.
  entry.logFile = run + QStringLiteral(".launch.log");
  QDir().mkpath(QFileInfo(run).path());
  QProcess process;
  process.setProgram(m_engine->command().program);
  process.setArguments(m_engine->command().arguments(arguments));
  process.setStandardOutputFile(QProcess::nullDevice());
  process.setStandardErrorFile(entry.logFile);
  process.setStandardInputFile(QProcess::nullDevice());
  if (!process.startDetached(&entry.pid)) {
    const QString reason = tr("The engine cannot be started: %1 (%2).").arg(process.errorString(), m_engine->command().program);
    QTimer::singleShot(0, this, [this, run, reason] { emit failed(run, reason, {}); });
    return;
  }
  m_launches.insert(run, entry);
  m_watch.start();
}

void TrainingClient::watch() {
  const QHash<QString, Launch> launches = m_launches;
  for (auto launch = launches.begin(); launch != launches.end(); ++launch) {
    const std::filesystem::path folder = launch.key().toStdString();
    // In this order: a supervisor that ends between the two looks has left its last words.
    const bool alive = processAlive(launch->pid);
    if (RunDirectory::is_run(folder) && lock_holder(folder / "lock")) {
      m_launches.remove(launch.key());
      emit started(launch.key());
    } else if (!alive) {
      m_launches.remove(launch.key());
      tellEnd(launch.key(), launch->logFile);
    }
  }
  if (m_launches.isEmpty()) {
    m_watch.stop();
  }
}

void TrainingClient::tellEnd(const QString& run, const QString& logFile) {
  const std::filesystem::path folder = run.toStdString();
  QString lines = lastLinesOfFile(logFile);
  try {
    // A run that was as short as a wink: its directory knows how it ended.
    if (RunDirectory::is_run(folder) && RunDirectory::open(folder).status().state == RunState::done) {
      emit started(run);
      return;
    }
  } catch (const Error& error) {
    lines += (lines.isEmpty() ? "" : "\n") + QString::fromUtf8(error.what());
  }
  emit failed(run, lines.isEmpty() ? tr("The training process ended before it began to train.") : lines.section('\n', -1), lines);
}

QStringList TrainingClient::defaultDevices() const {
  QStringList cuda;
  bool single_core = false;
  if (m_engine->hello()) {
    for (const message::Device& device : m_engine->hello()->devices) {
      if (device.id.starts_with("cuda")) {
        cuda << QString::fromStdString(device.id);
      }
      single_core = single_core || (device.id == "cpu" && device.cores == 1);
    }
  }
  return !cuda.isEmpty() ? cuda : single_core ? QStringList{"cpu"} : QStringList{"cpu", "cpu"};
}

}  // namespace darkroom::app
