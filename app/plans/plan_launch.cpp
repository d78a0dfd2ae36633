// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_launch.h"

#include <QDir>
#include <QFileInfo>

#include "app/engine_host/training_client.h"
#include "app/viewmodels/free_name.h"

namespace darkroom::app {

PlanLaunch::PlanLaunch(TrainingClient* client, QString workspacePath, std::function<QString()> save, QObject* parent)
    : QObject(parent), m_client(client), m_workspacePath(std::move(workspacePath)), m_save(std::move(save)) {
  connect(client, &TrainingClient::started, this, [this](const QString& run) {
    if (run == m_starting) {
      ended(run);
      emit started(run);
    }
  });
  connect(client, &TrainingClient::failed, this, [this](const QString& run, const QString& reason) {
    if (run == m_starting) {
      ended(run);
      emit failed(reason);
    }
  });
}

void PlanLaunch::ended(const QString& run) {
  if (m_starting == run) {
    m_starting.clear();
    emit changed();
  }
}

void PlanLaunch::setDevices(const QString& devices) {
  QStringList list;
  for (const QString& device : devices.split(',', Qt::SkipEmptyParts)) {
    list << device.trimmed();
  }
  list.removeAll(QString());
  if (!list.isEmpty() && list != m_devices) {
    m_devices = list;
    emit devicesChanged();
  }
}

void PlanLaunch::chooseDevices() {
  if (m_devices.isEmpty()) {
    m_devices = m_client->defaultDevices();
    emit devicesChanged();
  }
}

void PlanLaunch::show(const Subject& subject) {
  m_subject = subject;
  emit changed();
}

QStringList PlanLaunch::lines() const {
  if (m_subject.plan.phases.empty()) {
    return {};
  }
  QStringList lines;
  QStringList datasets;
  for (const PhasePlan& phase : m_subject.plan.phases) {
    for (const SourcePlan& source : phase.sources) {
      const QString path = QDir(m_workspacePath).relativeFilePath(QString::fromStdString(source.dataset));
      if (!datasets.contains(path)) {
        datasets << path;
        lines << tr("Reads %1").arg(path);
      }
    }
  }
  if (!m_subject.plan.model.init_from.empty()) {
    lines << tr("Starts from %1").arg(QString::fromStdString(m_subject.plan.model.init_from));
  }
  lines << tr("Writes runs/, checkpoints and samples of this run");
  if (!m_subject.disk.isEmpty()) {
    lines << tr("Needs %1").arg(m_subject.disk);
  }
  return lines;
}

QString PlanLaunch::freeName() const {
  const QString name = fileNameOf(QString::fromStdString(m_subject.plan.name), QStringLiteral("plan")).toLower().replace(' ', '-');
  return QFileInfo(freePath(runsFolder(), name, QStringLiteral("-"))).fileName();
}

void PlanLaunch::start(const QString& runName) {
  const QString name = runName.trimmed();
  if (name.isEmpty()) {
    emit failed(tr("A run needs a name: type one before you launch it."));
    return;
  }
  const QString run = runsFolder() + '/' + fileNameOf(name, QStringLiteral("run"));
  if (QFileInfo::exists(run)) {
    emit failed(tr("There is a run of the name %1 already. Choose another name.").arg(name));
    return;
  }
  if (!ready()) {
    emit failed(tr("The plan cannot be launched: see its problems."));
    return;
  }
  const QString plan = m_save();
  if (plan.isEmpty()) {
    return;
  }
  m_starting = run;
  m_client->start(plan, run, m_devices, name);
  emit changed();
}

}  // namespace darkroom::app
