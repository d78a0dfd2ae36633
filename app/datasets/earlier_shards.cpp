// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/earlier_shards.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QThreadPool>

#include "app/datasets/stage_commands.h"
#include "core/base/atomic_file.h"
#include "core/base/json.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEarlier = "shards.earlier";
constexpr const char* kRemoved = "shards.removed";

std::vector<fs::path> foldersNamed(const SourceRecord& source, const char* beginning) {
  std::vector<fs::path> folders;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(source.folder / "stages", none)) {
    if (entry.path().filename().string().starts_with(beginning)) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Whether the next download makes its pictures as those were made.
bool isUsable(const SourceRecord& source, const fs::path& shards) {
  try {
    const Json made = read_json_file(shards / "download.json");
    return made.value("image_size", 0) == source.imageSize && made.value("resize_mode", "") == kDownloadResizeMode;
  } catch (const std::exception&) {
    return false;
  }
}

void removeBeside(std::vector<fs::path> folders) {
  QThreadPool::globalInstance()->start([folders = std::move(folders)] {
    std::error_code ignored;
    for (const fs::path& folder : folders) {
      fs::remove_all(folder, ignored);
    }
  });
}

}  // namespace

QString setShardsAside(const SourceRecord& source) {
  const fs::path shards = source.stageFolder("shards");
  const char* const beginning = isUsable(source, shards) ? kEarlier : kRemoved;
  std::error_code problem;
  fs::rename(shards, shards.parent_path() / (beginning + std::to_string(QDateTime::currentMSecsSinceEpoch())), problem);
  if (problem && fs::exists(shards)) {
    return QCoreApplication::translate("EarlierShards", "%1 cannot be moved: %2")
        .arg(QString::fromStdString(shards.string()), QString::fromStdString(problem.message()));
  }
  removeBeside(foldersNamed(source, kRemoved));
  return {};
}

QStringList reuseArguments(const SourceRecord& source) {
  QStringList arguments;
  for (const fs::path& folder : foldersNamed(source, kEarlier)) {
    if (isUsable(source, folder)) {
      arguments << "--reuse" << QString::fromStdString(folder.string());
    }
  }
  return arguments;
}

void removeEarlierShards(const SourceRecord& source) { removeBeside(foldersNamed(source, kEarlier)); }

}  // namespace darkroom::app
