// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/runs_view_model.h"

#include <QDateTime>
#include <QDir>

#include "app/engine_host/engine_task.h"
#include "app/engine_host/training_client.h"
#include "app/viewmodels/free_name.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/resources.h"
#include "core/plan/plan_templates.h"

namespace darkroom::app {
RunsViewModel::RunsViewModel(TrainingClient* client, const QString& workspacePath, QObject* parent)
    : QObject(parent),
      m_client(client),
      m_workspacePath(workspacePath),
      m_list(new RunListModel(this)),
      m_overlays(new RunOverlays(this)),
      m_run(new RunViewModel(this)),
      m_liveAlarms(new LiveAlarms(m_run->news(), this)) {
  m_run->setOverlays(m_overlays);
  m_run->pick()->batch()->setCommand(client->command());
  connect(m_run, &RunViewModel::branchRequested, this, &RunsViewModel::branchRequested);
  connect(m_run, &RunViewModel::alarmRaised, this,
          [this](const JournalItem& alarm) { emit alarmRaised(m_run->path(), m_run->name(), alarm); });
  connect(m_run, &RunViewModel::warningChanged, this, &RunsViewModel::showWarnings);
  connect(m_liveAlarms, &LiveAlarms::raised, this, &RunsViewModel::alarmRaised);
  connect(m_liveAlarms, &LiveAlarms::warningsChanged, this, &RunsViewModel::showWarnings);
  connect(m_run, &RunViewModel::runChanged, this, [this] {
    m_overlays->setRuns(m_list->all(), m_run->path());
    watchAlarms();
  });
  connect(m_run, &RunViewModel::runChanged, this, &RunsViewModel::selectedChanged);
  connect(m_run, &RunViewModel::failed, this, &RunsViewModel::failed);
  connect(m_run, &RunViewModel::resumeRequested, this, [this](const QString& path) { m_client->resume(path, m_client->defaultDevices()); });
  connect(m_list, &RunListModel::runsChanged, this, &RunsViewModel::followList);
  connect(client, &TrainingClient::started, this, [this](const QString& run) {
    if (run == m_demoRun) {
      m_demoRun.clear();
      setDemo(DemoIdle, {}, -1);
    }
    m_list->refresh();
    emit runStarted(run);
  });
  connect(client, &TrainingClient::failed, this, [this](const QString& run, const QString& reason, const QString& log) {
    if (run == m_demoRun) {
      m_demoRun.clear();
      setDemo(DemoFailed, reason, -1, log);
    } else {
      emit failed(reason);
    }
  });
  m_list->watch(workspacePath + QStringLiteral("/runs"));
}

void RunsViewModel::watchAlarms() {
  QStringList others;
  for (const RunStatus& status : m_list->statuses()) {
    const QString path = QString::fromStdString(status.folder);
    if (status.state == darkroom::RunState::running && path != m_run->path()) {
      others << path;
    }
  }
  m_liveAlarms->watch(others);
  showWarnings();
}

QString RunsViewModel::warningOf(const QString& path) const {
  return path != m_run->path() ? m_liveAlarms->warningOf(path) : m_run->trains() ? m_run->warning() : QString();
}

void RunsViewModel::showWarnings() {
  QHash<QString, QString> warnings;
  for (const RunStatus& status : m_list->statuses()) {
    const QString path = QString::fromStdString(status.folder);
    if (const QString warning = warningOf(path); !warning.isEmpty()) {
      warnings.insert(path, warning);
    }
  }
  if (m_list->setWarnings(warnings)) {
    emit warningsChanged();
  }
}

void RunsViewModel::followList() {
  watchAlarms();
  m_overlays->setRuns(m_list->all(), m_run->path());
  const auto open = [this](const RunItem& item) { m_run->openRun(item.path, item.seriesIndex); };
  for (const RunItem& item : m_list->all()) {
    if (item.path == m_openWhenThere) {
      m_openWhenThere.clear();
      open(item);
      return;
    }
  }
  if (!m_run->open() && !m_list->all().isEmpty()) {
    // The one that trains, else the newest: the list begins with it.
    const QList<RunItem>& all = m_list->all();
    const auto live = std::find_if(all.begin(), all.end(), [](const RunItem& item) { return item.state == RunState::Training; });
    open(live == all.end() ? all.first() : *live);
  }
}

void RunsViewModel::openWhenThere(const QString& path) {
  m_openWhenThere = path;
  m_list->refresh();
  followList();
}

void RunsViewModel::setSelected(const QString& path) {
  for (const RunItem& item : m_list->all()) {
    if (item.path == path) {
      m_run->openRun(item.path, item.seriesIndex);
    }
  }
}

void RunsViewModel::setDemo(DemoState state, const QString& text, double progress, const QString& detail) {
  m_demoState = state;
  m_demoText = text;
  m_demoProgress = progress;
  m_demoDetail = detail;
  emit demoChanged();
}

void RunsViewModel::dismissDemo() {
  if (m_demoState == DemoFailed) {
    setDemo(DemoIdle, {}, -1);
  }
}

void RunsViewModel::startDemo() {
  if (m_demoState == DemoBuildingData || m_demoState == DemoStarting) {
    return;
  }
  const QString dataset = m_workspacePath + QStringLiteral("/datasets/demo");
  if (QFileInfo::exists(dataset + QStringLiteral("/dataset.json"))) {
    trainDemo(dataset);
    return;
  }
  QStringList tars;
  try {
    const QDir demo(QString::fromStdString(resource_path("demo").string()));
    for (const QString& name : demo.entryList({"*.tar"}, QDir::Files, QDir::Name)) {
      tars << demo.filePath(name);
    }
  } catch (const Error& error) {
    setDemo(DemoFailed, QString::fromUtf8(error.what()), -1);
    return;
  }
  setDemo(DemoBuildingData, tr("Preparing the demo pictures"), -1);
  delete m_build;
  m_build =
      new EngineTask(m_client->command(), QStringList{"data", "build"} + tars + QStringList{"--model", "pocket", "--out", dataset}, this);
  connect(m_build, &EngineTask::progressed, this, [this](const QString& stage, double done, double total) {
    setDemo(DemoBuildingData,
            total > 0 ? tr("Preparing the demo pictures: %1, %2 of %3").arg(stage).arg(done).arg(total)
                      : tr("Preparing the demo pictures: %1").arg(stage),
            total > 0 ? done / total : -1);
  });
  connect(m_build, &EngineTask::failed, this, [this](const QString& reason, const QString& log) { setDemo(DemoFailed, reason, -1, log); });
  connect(m_build, &EngineTask::finished, this, [this, dataset] { trainDemo(dataset); });
}

void RunsViewModel::trainDemo(const QString& dataset) {
  try {
    TrainingPlan plan = plan_template("pocket_demo");
    for (PhasePlan& phase : plan.phases) {
      for (SourcePlan& source : phase.sources) {
        source.dataset = dataset.toStdString();
      }
    }
    const QString file = m_workspacePath + QStringLiteral("/plans/demo.json");
    QDir().mkpath(m_workspacePath + QStringLiteral("/plans"));
    write_file_atomically(file.toStdString(), to_json(plan).dump(2) + "\n");
    m_demoRun = m_openWhenThere = freePath(m_workspacePath + QStringLiteral("/runs"), QStringLiteral("demo"), QStringLiteral("-"));
    setDemo(DemoStarting, tr("Starting the training"), -1);
    m_client->start(file, m_demoRun, m_client->defaultDevices());
  } catch (const Error& error) {
    setDemo(DemoFailed, QString::fromUtf8(error.what()), -1);
  }
}

}  // namespace darkroom::app
