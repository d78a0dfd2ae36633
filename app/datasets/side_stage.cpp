// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/side_stage.h"

#include "app/engine_host/engine_task.h"

namespace darkroom::app {

SideStage::SideStage(const EngineCommand& command, const QString& key, const QString& title, QObject* parent)
    : QObject(parent), m_command(command) {
  m_rest.key = key;
  m_rest.title = title;
  m_live = m_rest;
}

SideStage::~SideStage() { delete m_task; }

void SideStage::rest(const StageItem& item) {
  const QString key = m_rest.key;
  const QString title = m_rest.title;
  m_rest = item;
  m_rest.key = key;
  m_rest.title = title;
  emit changed();
}

void SideStage::start(const QStringList& arguments) {
  if (active()) {
    return;
  }
  m_live = StageItem{.key = m_rest.key,
                     .title = m_rest.title,
                     .state = QStringLiteral("running"),
                     .progress = -1,
                     .percentText = {},
                     .line = tr("starting"),
                     .detail = {}};
  m_pace.start();
  m_task = new EngineTask(m_command, arguments, this);
  connect(m_task, &EngineTask::progressed, this,
          [this](const QString&, double done, double total, const QString& unit, double secondsLeft) {
            m_pace.put(m_live, done, total, unit, secondsLeft);
            emit changed();
          });
  connect(m_task, &EngineTask::finished, this, [this](const Json& done) {
    ended();
    finished(done, m_pace.seconds());
    emit changed();
  });
  connect(m_task, &EngineTask::failed, this, [this](const QString& reason, const QString& log) {
    m_live.line = tr("failed");
    m_live.problem = reason;
    m_live.log = log;
    leave(QStringLiteral("failed"), {});
    emit failed(tr("%1 failed: %2").arg(m_live.title, reason));
  });
  connect(m_task, &EngineTask::stopped, this, [this] { leave(QStringLiteral("paused"), tr("paused; it goes on from here")); });
  emit changed();
}

void SideStage::leave(const QString& state, const QString& detail) {
  ended();
  m_live.state = state;
  m_live.detail = detail;
  left(m_live);
  emit changed();
}

void SideStage::pause() {
  if (m_task) {
    m_task->stop();
  }
}

void SideStage::ended() {
  m_task->deleteLater();
  m_task.clear();
}

}  // namespace darkroom::app
