// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/stage_commands.h"

#include <QCoreApplication>

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

struct StageWords {
  const char* key;
  const char* title;
};
constexpr std::array kStageWords{
    StageWords{"fetch", QT_TRANSLATE_NOOP("Stage", "Fetch")},       StageWords{"filter", QT_TRANSLATE_NOOP("Stage", "Filter")},
    StageWords{"download", QT_TRANSLATE_NOOP("Stage", "Download")}, StageWords{"shards", QT_TRANSLATE_NOOP("Stage", "Shards")},
    StageWords{"tokens", QT_TRANSLATE_NOOP("Stage", "Tokens")},     StageWords{"arrow", QT_TRANSLATE_NOOP("Stage", "Arrow")},
    StageWords{"latents", QT_TRANSLATE_NOOP("Stage", "Latents")}};

QString stageText(const char* source) { return QCoreApplication::translate("Stage", source); }
QString path(const fs::path& file) { return QString::fromStdString(file.string()); }

StageCommand unneeded(const char* why) { return {.arguments = {}, .unneeded = stageText(why), .output = {}, .quarantine = {}}; }

StageCommand fetch(const SourceRecord& source) {
  if (source.repository.empty()) {
    return unneeded(QT_TRANSLATE_NOOP("Stage", "on this computer"));
  }
  const fs::path out = source.stageFolder("fetch");
  return {.arguments = {"data", "fetch", QString::fromStdString(source.repository), "--out", path(out)},
          .unneeded = {},
          .output = out,
          .quarantine = {}};
}

StageCommand filter(const SourceRecord& source) {
  const fs::path out = source.stageFolder("kept");
  QStringList arguments{"data", "filter"};
  if (source.metadata()) {
    for (const fs::path& input : source.inputs) {
      arguments << path(input);
    }
  } else {
    arguments << path(source.folder / "index.parquet");
  }
  arguments << "--rules" << path(source.rulesFile()) << "--out" << path(out);
  return {.arguments = arguments, .unneeded = {}, .output = out, .quarantine = {}};
}

StageCommand download(const SourceRecord& source) {
  if (!source.metadata()) {
    return unneeded(QT_TRANSLATE_NOOP("Stage", "on this computer"));
  }
  const fs::path out = source.stageFolder("shards");
  QStringList arguments{"data",
                        "download",
                        path(source.stageFolder("kept")),
                        "--out",
                        path(out),
                        "--image-size",
                        QString::number(source.imageSize),
                        "--resize-mode",
                        kDownloadResizeMode};
  if (!source.networks.isEmpty()) {
    arguments << "--allow-network" << source.networks;
  }
  return {.arguments = arguments, .unneeded = {}, .output = out, .quarantine = {}};
}

StageCommand shards(const SourceRecord& source) {
  if (source.metadata()) {
    return unneeded(QT_TRANSLATE_NOOP("Stage", "made by the download"));
  }
  if (source.kind == SourceKind::tars || source.kind == SourceKind::arrow) {
    return unneeded(source.kind == SourceKind::tars ? QT_TRANSLATE_NOOP("Stage", "they are shards")
                                                    : QT_TRANSLATE_NOOP("Stage", "already a dataset"));
  }
  const fs::path out = source.stageFolder("shards");
  QStringList arguments{"data",    "shards", path(source.inputs.at(0)),        "--source", sourceKindKey(source.kind), "--out",
                        path(out), "--size", QString::number(source.imageSize)};
  if (source.kind == SourceKind::coco && !source.captions.empty()) {
    arguments << "--captions" << path(source.captions);
  }
  if (source.kind == SourceKind::coco && !source.instances.empty()) {
    arguments << "--instances" << path(source.instances);
  }
  return {.arguments = arguments, .unneeded = {}, .output = out, .quarantine = out / "quarantine.jsonl"};
}

QStringList shardPaths(const SourceRecord& source) {
  QStringList paths;
  for (const fs::path& shard : shardFiles(source)) {
    paths << path(shard);
  }
  return paths;
}

StageCommand tokens(const SourceRecord& source) {
  if (source.kind == SourceKind::arrow) {
    return unneeded(QT_TRANSLATE_NOOP("Stage", "already a dataset"));
  }
  const fs::path out = source.stageFolder("tokens");
  return {.arguments = QStringList{"data", "tokenize"} + shardPaths(source) + QStringList{"--out", path(out)},
          .unneeded = {},
          .output = out,
          .quarantine = out / "quarantine.jsonl"};
}

StageCommand arrow(const SourceRecord& source) {
  if (source.kind == SourceKind::arrow) {
    return unneeded(QT_TRANSLATE_NOOP("Stage", "already a dataset"));
  }
  return {
      .arguments = {"data", "arrow", path(source.stageFolder("tokens")), "--out", path(source.folder), "--drop", path(dropFile(source))},
      .unneeded = {},
      .output = source.folder,
      .quarantine = {}};
}

StageCommand latents(const SourceRecord& source) {
  if (source.kind == SourceKind::arrow) {
    return unneeded(fs::exists(source.inputs.at(0) / "latents" / "latents.json") ? QT_TRANSLATE_NOOP("Stage", "already there")
                                                                                 : QT_TRANSLATE_NOOP("Stage", "its tars are not known"));
  }
  return {.arguments = QStringList{"data", "encode", path(source.folder)} + shardPaths(source) +
                       QStringList{"--model", source.model, "--size", QString::number(source.imageSize), "--devices", source.devices},
          .unneeded = {},
          .output = source.folder,
          .quarantine = source.folder / "quarantine.jsonl"};
}

}  // namespace

fs::path dropFile(const SourceRecord& source) { return source.folder / "stages" / "drop.json"; }

const char* stageKey(Stage stage) { return kStageWords.at(static_cast<size_t>(stage)).key; }

QString stageTitle(Stage stage) { return stageText(kStageWords.at(static_cast<size_t>(stage)).title); }

std::vector<fs::path> shardFiles(const SourceRecord& source) {
  const fs::path made = source.stageFolder("shards");
  std::error_code problem;
  return source.kind == SourceKind::tars   ? tarsIn(source.inputs)
         : fs::is_directory(made, problem) ? tarsIn({made})
                                           : std::vector<fs::path>();
}

StageCommand stageCommand(const SourceRecord& source, Stage stage) {
  switch (stage) {
    case Stage::fetch:
      return fetch(source);
    case Stage::filter:
      return source.kind == SourceKind::arrow ? unneeded(QT_TRANSLATE_NOOP("Stage", "already a dataset")) : filter(source);
    case Stage::download:
      return download(source);
    case Stage::shards:
      return shards(source);
    case Stage::tokens:
      return tokens(source);
    case Stage::arrow:
      return arrow(source);
    case Stage::latents:
      return latents(source);
  }
  return {};
}

}  // namespace darkroom::app
