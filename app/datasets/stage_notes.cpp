// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/stage_notes.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <limits>

#include "app/viewmodels/format.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

QString noteText(const char* text) { return QCoreApplication::translate("StageNotes", text); }

fs::path noteFile(const SourceRecord& source, const char* key) { return source.folder / "stages" / (std::string(key) + ".json"); }

}  // namespace

Json readNote(const SourceRecord& source, const char* key) {
  try {
    return read_json_file(noteFile(source, key));
  } catch (const std::exception&) {
    return Json::object();
  }
}

Json readStageNote(const SourceRecord& source, Stage stage) { return readNote(source, stageKey(stage)); }

void writeNote(const SourceRecord& source, const char* key, const QString& signature, double seconds, const Json& done) {
  const Json note{{"stage", key},
                  {"signature", signature.toStdString()},
                  {"stamp", QString::number(QDateTime::currentMSecsSinceEpoch()).toStdString()},
                  {"seconds", seconds},
                  {"done", done}};
  const fs::path file = noteFile(source, key);
  fs::create_directories(file.parent_path());
  write_file_atomically(file, note.dump(2) + "\n");
}

void writeStageNote(const SourceRecord& source, Stage stage, const QString& signature, double seconds, const Json& done) {
  writeNote(source, stageKey(stage), signature, seconds, done);
}

QString stageSignature(const SourceRecord& source, Stage stage) {
  QCryptographicHash hash(QCryptographicHash::Sha1);
  for (const QString& argument : stageCommand(source, stage).arguments) {
    hash.addData(argument.toUtf8() + '\n');
  }
  if (stage == Stage::filter) {
    try {
      hash.addData(QByteArray::fromStdString(read_file(source.rulesFile())));
    } catch (const Error&) {
      hash.addData("none");
    }
  }
  // What it was made from: the stage before it that has something to do.
  for (auto before = static_cast<int>(stage) - 1; before >= 0; --before) {
    const Stage upstream = kStages.at(static_cast<size_t>(before));
    if (!stageCommand(source, upstream).arguments.isEmpty()) {
      hash.addData(QByteArray::fromStdString(readStageNote(source, upstream).value("stamp", "")));
      break;
    }
  }
  return QString::fromLatin1(hash.result().toHex());
}

bool isCurrent(const SourceRecord& source, Stage stage) {
  return QString::fromStdString(readStageNote(source, stage).value("signature", "")) == stageSignature(source, stage);
}

double numberOf(const Json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (json.contains(key) && json[key].is_number()) {
      return json[key].get<double>();
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

QString stageResult(Stage stage, const Json& done) {
  const auto count = [&](std::initializer_list<const char*> keys) { return Format::count(numberOf(done, keys)); };
  switch (stage) {
    case Stage::fetch:
      return noteText("%1 files").arg(count({"files", "archives"}));
    case Stage::filter:
      return noteText("%1 kept").arg(count({"kept"}));
    case Stage::download:
      return noteText("%1 of %2").arg(count({"successes"}), count({"rows"}));
    case Stage::shards:
      return noteText("%1 in %2 shards").arg(count({"pictures"}), count({"shards"}));
    case Stage::tokens:
      return noteText("%1 captions").arg(count({"rows", "captions"}));
    case Stage::arrow:
      return noteText("%1 to train on").arg(count({"train", "train_rows"}));
    case Stage::latents:
      return noteText("%1 latents").arg(count({"latents", "encoded"}));
  }
  return {};
}

}  // namespace darkroom::app
