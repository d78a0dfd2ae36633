// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/duplicate_groups.h"

#include <QFile>
#include <algorithm>

#include "app/datasets/stage_commands.h"
#include "app/datasets/wall_provider.h"
#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"
#include "core/base/json.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr int kMostBits = 11;
constexpr int kGroupsShown = 2000;

}  // namespace

DuplicateGroups::DuplicateGroups(const EngineCommand& command, QObject* parent)
    : QObject(parent), m_command(command), m_groups(new DuplicateGroupModel(this)) {}

DuplicateGroups::~DuplicateGroups() { delete m_task; }

bool DuplicateGroups::canSearch() const { return !m_source.folder.empty() && !shardFiles(m_source).empty(); }

void DuplicateGroups::setKeep(const QString& keep) {
  m_keep = keep;
  emit changed();
}

void DuplicateGroups::setDistance(int bits) {
  m_distance = std::clamp(bits, 0, kMostBits);
  emit changed();
}

void DuplicateGroups::showSource(const SourceRecord& source) {
  if (source.folder != m_source.folder) {
    delete m_task;
  }
  m_source = source;
  if (!m_task) {
    read();
  }
}

void DuplicateGroups::read() {
  QList<DuplicateGroup> groups;
  int found = 0;
  int dropped = 0;
  const fs::path folder = m_source.folder.empty() ? fs::path() : m_source.stageFolder("duplicates");
  QFile file(QString::fromStdString((folder / "groups.jsonl").string()));
  const bool there = !folder.empty() && fs::exists(folder / "rules.json") && file.open(QIODevice::ReadOnly);
  while (there && !file.atEnd()) {
    const Json json = Json::parse(file.readLine().toStdString(), nullptr, false);
    if (!json.is_object()) {
      continue;
    }
    DuplicateGroup group;
    group.keptKey = QString::fromStdString(json.value("keep", ""));
    group.keptPicture = shardPictureUrl(group.keptKey);
    const Json others = json.value("drop", Json::array());
    for (const Json& other : others) {
      const QString key = QString::fromStdString(other.value("key", ""));
      group.droppedKeys << key;
      group.droppedPictures << shardPictureUrl(key);
      group.distances << tr("%n bit(s)", nullptr, other.value("distance", 0));
    }
    ++found;
    dropped += static_cast<int>(group.droppedKeys.size());
    if (groups.size() < kGroupsShown) {
      groups << group;
    }
  }
  m_groups->setRows(groups);
  m_text = !there       ? tr("not looked for")
           : found == 0 ? tr("none")
                        : tr("%1 in %2 groups").arg(Format::count(dropped), Format::count(found));
  emit changed();
}

void DuplicateGroups::search() {
  if (m_task || !canSearch()) {
    return;
  }
  QStringList arguments{"data", "dedup"};
  for (const fs::path& shard : shardFiles(m_source)) {
    arguments << QString::fromStdString(shard.string());
  }
  arguments << "--out" << QString::fromStdString(m_source.stageFolder("duplicates").string()) << "--keep" << m_keep << "--distance"
            << QString::number(m_distance);
  m_text = tr("looking…");
  m_task = new EngineTask(m_command, arguments, this);
  const auto ended = [this] {
    m_task->deleteLater();
    m_task.clear();
  };
  connect(m_task, &EngineTask::progressed, this, [this](const QString&, double done, double total, const QString& unit, double) {
    m_text = Format::namedProgress(done, total, unit);
    emit changed();
  });
  connect(m_task, &EngineTask::finished, this, [this, ended] {
    ended();
    read();
  });
  connect(m_task, &EngineTask::failed, this, [this, ended](const QString& reason) {
    ended();
    m_text = reason;
    emit changed();
  });
  connect(m_task, &EngineTask::stopped, this, [this, ended] {
    ended();
    read();
  });
  emit changed();
}

void DuplicateGroups::stop() {
  if (m_task) {
    m_task->stop();
  }
}

void DuplicateGroups::keepAll() {
  std::error_code problem;
  fs::remove(m_source.stageFolder("duplicates") / "rules.json", problem);
  fs::remove(m_source.stageFolder("duplicates") / "groups.jsonl", problem);
  read();
}

}  // namespace darkroom::app
