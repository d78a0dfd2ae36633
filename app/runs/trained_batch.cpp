// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/trained_batch.h"

#include <QDir>
#include <QFileInfo>

#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

constexpr int kPause_ms = 250;

QString textOf(const Json& sample, const char* key) {
  const auto found = sample.find(key);
  return found != sample.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

BatchSampleItem sampleItem(const Json& sample) {
  BatchSampleItem item;
  item.caption = textOf(sample, "caption");
  item.captionDropped = sample.value("caption_dropped", false);
  if (const QString picture = textOf(sample, "picture"); !picture.isEmpty()) {
    item.imageUrl = QUrl::fromLocalFile(picture);
  }
  QStringList lines{item.caption, textOf(sample, "key")};
  lines << TrainedBatch::tr("%1, noise level %2")
               .arg(QFileInfo(textOf(sample, "dataset")).fileName(), Format::count(static_cast<double>(sample.value("timestep", 0))));
  if (item.captionDropped) {
    lines << TrainedBatch::tr("Trained without its caption, for guidance");
  }
  lines.removeAll(QString());
  item.help = lines.join('\n');
  return item;
}

}  // namespace

TrainedBatch::TrainedBatch(QObject* parent) : QObject(parent), m_samples(new BatchSampleModel(this)) {
  m_pause.setSingleShot(true);
  m_pause.setInterval(kPause_ms);
  connect(&m_pause, &QTimer::timeout, this, &TrainedBatch::ask);
}

TrainedBatch::~TrainedBatch() = default;

void TrainedBatch::set(State state, const QString& errorText) {
  m_state = state;
  m_errorText = errorText;
  emit changed();
}

// A command that is on its way has nobody to tell any more.
void TrainedBatch::drop() {
  if (EngineTask* task = std::exchange(m_task, nullptr)) {
    task->disconnect(this);
    connect(task, &EngineTask::finished, task, &QObject::deleteLater);
    connect(task, &EngineTask::failed, task, &QObject::deleteLater);
    connect(task, &EngineTask::stopped, task, &QObject::deleteLater);
    task->stop();
  }
}

void TrainedBatch::load(const QString& run, qint64 step) {
  if (!m_command || (run == m_run && step == m_step)) {
    return;
  }
  drop();
  m_run = run;
  m_step = step;
  m_summary.clear();
  m_samples->setRows({});
  m_pause.start();
  set(Loading);
}

void TrainedBatch::close() {
  m_pause.stop();
  drop();
  m_run.clear();
  m_step = -1;
  m_summary.clear();
  m_samples->setRows({});
  m_pictures.reset();
  set(Idle);
}

void TrainedBatch::ask() {
  QStringList arguments{"run", "batch", m_run, "--step", QString::number(m_step)};
  if (m_command->local()) {
    m_pictures = std::make_unique<QTemporaryDir>();
    if (m_pictures->isValid()) {
      arguments << "--pictures" << m_pictures->path();
    }
  }
  m_task = new EngineTask(*m_command, arguments, this);
  const auto end = [this] { std::exchange(m_task, nullptr)->deleteLater(); };
  connect(m_task, &EngineTask::finished, this, [this, end](const Json& done) {
    end();
    take(done);
  });
  connect(m_task, &EngineTask::failed, this, [this, end](const QString& reason) {
    end();
    set(Failed, reason);
  });
}

void TrainedBatch::take(const Json& done) {
  QList<BatchSampleItem> rows;
  int dropped = 0;
  for (const Json& sample : done.value("samples", Json::array())) {
    rows << sampleItem(sample);
    dropped += rows.last().captionDropped ? 1 : 0;
  }
  m_samples->setRows(rows);
  const QString count = tr("%n picture(s)", nullptr, static_cast<int>(rows.size()));
  m_summary = dropped > 0 ? tr("%1, %2 without caption").arg(count, Format::count(dropped)) : count;
  set(Ready);
}

}  // namespace darkroom::app
