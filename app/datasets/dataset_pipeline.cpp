// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_pipeline.h"

#include <QCoreApplication>
#include <QFile>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

#include "app/datasets/drop_list.h"
#include "app/datasets/earlier_shards.h"
#include "app/datasets/stage_notes.h"
#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"
#include "core/base/error.h"
#include "core/dataset/quarantine.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr int kQuarantineShown = 2000;

Stage stageNamed(const QString& key) {
  const auto* const found =
      std::find_if(kStages.begin(), kStages.end(), [&](Stage stage) { return key == QLatin1String(stageKey(stage)); });
  return found == kStages.end() ? Stage::latents : *found;
}

/// Lines of a quarantine file; it is read whole only when it is shown.
int linesOf(const fs::path& path) {
  QFile file(QString::fromStdString(path.string()));
  int lines = 0;
  if (!path.empty() && file.open(QIODevice::ReadOnly)) {
    for (QByteArray block = file.read(1 << 20); !block.isEmpty(); block = file.read(1 << 20)) {
      lines += static_cast<int>(block.count('\n'));
    }
  }
  return lines;
}

}  // namespace

DatasetPipeline::DatasetPipeline(const EngineCommand& command, QObject* parent)
    : QObject(parent), m_command(command), m_stages(new StageModel(this)), m_quarantine(new FactModel(this)) {}

DatasetPipeline::~DatasetPipeline() { delete m_task; }

bool DatasetPipeline::running() const { return active() && m_running.folder == m_source.folder; }

QString DatasetPipeline::busyWith() const { return active() && !running() ? m_running.title : QString(); }

void DatasetPipeline::show(const SourceRecord& source) {
  m_source = source;
  m_quarantine->setRows({});
  fill();
}

void DatasetPipeline::refresh() { fill(); }

void DatasetPipeline::setTarget(const QString& key) {
  m_target = key;
  emit changed();
}

void DatasetPipeline::setImageSize(int side) {
  m_source.imageSize = std::clamp(side, 8, 4096);
  keepOptions();
}

void DatasetPipeline::setModel(const QString& model) {
  m_source.model = model.trimmed().isEmpty() ? QStringLiteral("pocket") : model.trimmed();
  keepOptions();
}

void DatasetPipeline::setDevices(const QString& devices) {
  m_source.devices = devices.trimmed().isEmpty() ? QStringLiteral("auto") : devices.trimmed();
  keepOptions();
}

void DatasetPipeline::setNetworks(const QString& networks) {
  m_source.networks = networks.simplified().remove(' ');
  keepOptions();
}

void DatasetPipeline::keepOptions() {
  try {
    if (!m_source.folder.empty()) {
      writeSource(m_source);
    }
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  fill();
}

// --- what is done ----------------------------------------------------------------------------------------------------------------------

StageItem DatasetPipeline::itemOf(Stage stage, double& upstream) const {
  const StageCommand command = stageCommand(m_source, stage);
  StageItem item{.key = QString::fromLatin1(stageKey(stage)), .title = stageTitle(stage), .percentText = {}, .line = {}, .detail = {}};
  const QString place = m_source.name + '/' + item.key;
  if (command.arguments.isEmpty()) {
    item.state = QStringLiteral("skipped");
    item.progress = 1;
    item.line = command.unneeded;
    return item;
  }
  if (running() && m_live.key == item.key) {
    return liveItem();
  }
  item.quarantined = linesOf(command.quarantine);
  const Json note = readStageNote(m_source, stage);
  if (note.contains("done")) {
    item.state = isCurrent(m_source, stage) ? QStringLiteral("done") : QStringLiteral("stale");
    item.progress = 1;
    item.line = stageResult(stage, note["done"]);
    const double seconds = numberOf(note, {"seconds"});
    item.detail = item.state == "stale"    ? tr("made before the last change")
                  : std::isfinite(seconds) ? tr("in %1").arg(Format::duration(seconds))
                                           : QString();
    if (stage == Stage::download) {
      const Json& done = note["done"];
      const double failed = numberOf(done, {"failed_to_download"}) + numberOf(done, {"failed_to_resize"});
      item.quarantined = std::isfinite(failed) ? static_cast<int>(failed) : item.quarantined;
    }
    upstream = numberOf(note["done"], {"kept", "successes", "pictures", "rows", "train"});
  } else {
    item.line = tr("not started");
    item.detail = std::isfinite(upstream) ? tr("%1 to go through").arg(Format::count(upstream)) : QString();
  }
  if (m_ended.contains(place)) {
    const StageItem& ended = m_ended[place];
    item.state = ended.state;
    item.progress = ended.progress;
    item.percentText = ended.percentText;
    item.line = ended.line;
    item.detail = ended.detail;
    item.problem = ended.problem;
    item.log = ended.log;
  }
  item.anew = stage == Stage::download && (item.state == "failed" || item.state == "stale" || item.state == "paused");
  return item;
}

void DatasetPipeline::fill() {
  QList<StageItem> rows;
  if (!m_source.folder.empty()) {
    double upstream = std::numeric_limits<double>::quiet_NaN();
    for (const Stage stage : kStages) {
      rows << itemOf(stage, upstream);
    }
  }
  m_stages->setRows(rows);
  emit changed();
}

StageItem DatasetPipeline::liveItem() const {
  StageItem item = m_live;
  item.quarantined = linesOf(m_liveQuarantine);
  return item;
}

void DatasetPipeline::showLive() {
  const QList<StageItem>& rows = m_stages->rows();
  const auto row = std::find_if(rows.begin(), rows.end(), [this](const StageItem& item) { return item.key == m_live.key; });
  if (running() && row != rows.end()) {
    m_stages->set(static_cast<int>(row - rows.begin()), liveItem());
  }
  emit changed();
}

QString DatasetPipeline::summary() const {
  int done = 0;
  int needed = 0;
  for (const StageItem& item : m_stages->rows()) {
    needed += item.state != "skipped" ? 1 : 0;
    done += item.state == "done" ? 1 : 0;
  }
  if (needed == 0) {
    return tr("nothing to do");
  }
  const QString text = tr("%1 of %n stage(s) done", nullptr, needed).arg(done);
  return running() && !m_live.detail.isEmpty() ? text + QStringLiteral(" · ") + m_live.detail : text;
}

int DatasetPipeline::quarantined() const {
  int all = 0;
  for (const StageItem& item : m_stages->rows()) {
    all += item.quarantined;
  }
  return all;
}

// --- running ---------------------------------------------------------------------------------------------------------------------------

void DatasetPipeline::runTo(const QString& stage) {
  if (active() || m_source.folder.empty()) {
    return;
  }
  emit starting();
  m_running = m_source;
  m_queue.clear();
  bool behind = false;  // once a stage is made anew, those after it are too
  for (const Stage one : kStages) {
    if (!stageCommand(m_source, one).arguments.isEmpty()) {
      behind = behind || !isCurrent(m_source, one);
      if (behind) {
        m_queue << one;
      }
    }
    if (one == stageNamed(stage)) {
      break;
    }
  }
  next();
}

void DatasetPipeline::run(const QString& stage) {
  if (active() || m_source.folder.empty()) {
    return;
  }
  emit starting();
  m_running = m_source;
  m_queue = {stageNamed(stage)};
  next();
}

void DatasetPipeline::startAnew() {
  if (active() || m_source.folder.empty() || !downloads()) {
    return;
  }
  const QString problem = setShardsAside(m_source);
  if (problem.isEmpty()) {
    run(QString::fromLatin1(stageKey(Stage::download)));
  } else {
    emit failed(problem);
  }
}

void DatasetPipeline::pause() {
  m_queue.clear();
  if (m_task) {
    m_task->stop();
  }
}

void DatasetPipeline::next() {
  if (m_queue.isEmpty()) {
    fill();
    return;
  }
  start(m_queue.takeFirst());
}

void DatasetPipeline::start(Stage stage) {
  const StageCommand command = stageCommand(m_running, stage);
  m_liveQuarantine = command.quarantine;
  m_live = {.key = QString::fromLatin1(stageKey(stage)),
            .title = stageTitle(stage),
            .state = QStringLiteral("running"),
            .progress = -1,
            .percentText = {},
            .line = tr("starting"),
            .detail = {}};
  m_ended.remove(m_running.name + '/' + m_live.key);
  m_pace.start();
  if (stage == Stage::arrow && !m_listed) {
    m_live.line = tr("listing what is left out");
    listDropped();
    fill();
    return;
  }
  m_listed = false;
  // What is made from is what lies there now, not when it ends.
  const QString signature = stageSignature(m_running, stage);
  const QStringList more = stage == Stage::download ? reuseArguments(m_running) : QStringList();
  m_task = new EngineTask(m_command, command.arguments + more, this);
  connect(m_task, &EngineTask::progressed, this,
          [this](const QString&, double done, double total, const QString& unit, double secondsLeft) {
            m_pace.put(m_live, done, total, unit, secondsLeft);
            showLive();
          });
  connect(m_task, &EngineTask::finished, this, [this, stage, signature](const Json& done) {
    try {
      writeStageNote(m_running, stage, signature, m_pace.seconds(), done);
      if (stage == Stage::download) {
        removeEarlierShards(m_running);
      }
    } catch (const std::exception& error) {
      emit failed(QString::fromUtf8(error.what()));
    }
    ended();
    emit stageFinished(m_running.name, QString::fromLatin1(stageKey(stage)));
    next();
  });
  connect(m_task, &EngineTask::failed, this, [this](const QString& reason, const QString& log) {
    ended();
    fail(reason, log);
  });
  connect(m_task, &EngineTask::stopped, this, [this] {
    m_live.state = QStringLiteral("paused");
    m_live.detail = tr("paused; it goes on from here");
    m_ended[m_running.name + '/' + m_live.key] = m_live;
    ended();
    fill();
  });
  fill();
}

void DatasetPipeline::listDropped() {
  m_listing = true;
  QThreadPool::globalInstance()->start([self = QPointer<DatasetPipeline>(this), source = m_running] {
    QString problem;
    try {
      writeDropList(source);
    } catch (const std::exception& error) {
      problem = QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, problem] {
      if (!self) {
        return;
      }
      self->m_listing = false;
      if (problem.isEmpty()) {
        self->m_listed = true;
        self->start(Stage::arrow);
      } else {
        self->m_queue.clear();
        self->fail(problem, {});
      }
    });
  });
}

void DatasetPipeline::fail(const QString& reason, const QString& log) {
  m_live.state = QStringLiteral("failed");
  m_live.line = tr("failed");
  m_live.detail.clear();
  m_live.problem = reason;
  m_live.log = log;
  m_ended[m_running.name + '/' + m_live.key] = m_live;
  m_queue.clear();
  fill();
  emit failed(tr("%1 of %2 failed: %3").arg(m_live.title, m_running.title, reason));
}

void DatasetPipeline::ended() {
  m_task->deleteLater();
  m_task.clear();
  emit changed();
}

void DatasetPipeline::showQuarantine(const QString& stage) {
  QList<FactItem> rows;
  const Stage which = stageNamed(stage);
  if (which == Stage::download) {
    const Json done = readStageNote(m_source, which).value("done", Json::object());
    const Json statuses = done.value("statuses", Json::object());
    for (const auto& [reason, count] : statuses.items()) {
      rows << FactItem{.name = Format::count(count.is_number() ? count.get<double>() : 0), .value = QString::fromStdString(reason)};
    }
  }
  const fs::path list = stageCommand(m_source, which).quarantine;
  QFile file(QString::fromStdString(list.string()));
  if (!list.empty() && file.open(QIODevice::ReadOnly)) {
    while (!file.atEnd() && rows.size() < kQuarantineShown) {
      const Json json = Json::parse(file.readLine().toStdString(), nullptr, false);
      if (json.is_object()) {
        rows << FactItem{.name = QString::fromStdString(json.value("item", "")), .value = QString::fromStdString(json.value("reason", ""))};
      }
    }
  }
  m_quarantine->setRows(rows);
}

}  // namespace darkroom::app
