// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/earlier_shards.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QThreadPool>
#include <algorithm>

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

// A download that the engine refused at once, for what lies beside it: it was begun, and nothing has come.
bool isUntouched(const fs::path& shards) {
  if (!fs::exists(shards / "download.json")) {
    return false;  // not begun: its folder was moved away and the studio closed
  }
  std::error_code none;
  const auto isWork = [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name.ends_with("_stats.json") || name == "_tmp";
  };
  return std::none_of(fs::directory_iterator(shards, none), fs::directory_iterator(), isWork);
}

QString moveAway(const fs::path& folder, const char* beginning) {
  std::error_code problem;
  fs::path to = folder.parent_path() / (beginning + std::to_string(QDateTime::currentMSecsSinceEpoch()));
  while (fs::exists(to)) {
    to += "a";
  }
  fs::rename(folder, to, problem);
  return problem && fs::exists(folder) ? QCoreApplication::translate("EarlierShards", "%1 cannot be moved: %2")
                                             .arg(QString::fromStdString(folder.string()), QString::fromStdString(problem.message()))
                                       : QString();
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
  if (isUntouched(shards)) {
    removeEarlierShards(source);
  }
  QString problem = moveAway(shards, isUsable(source, shards) ? kEarlier : kRemoved);
  if (problem.isEmpty()) {
    removeBeside(foldersNamed(source, kRemoved));
  }
  return problem;
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

void removeEarlierShards(const SourceRecord& source) {
  // Under another name first: a folder that is half deleted is of no use to anybody.
  for (const fs::path& folder : foldersNamed(source, kEarlier)) {
    moveAway(folder, kRemoved);
  }
  removeBeside(foldersNamed(source, kRemoved));
}

}  // namespace darkroom::app
