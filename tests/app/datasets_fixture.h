// SPDX-License-Identifier: GPL-3.0-or-later
// Sources, datasets and an engine that is a script, for tests of the Datasets page.
#pragma once

#include <QFile>
#include <QString>
#include <filesystem>

#include "app/datasets/source_record.h"
#include "app/engine_host/engine_command.h"
#include "core/base/atomic_file.h"
#include "core/dataset/dataset_card.h"

namespace darkroom::app::fixture {

/// How long a test waits for a worker or a script. Long: the machine may do other things.
inline constexpr int kPatienceMs = 20'000;

/// Commands of the engine run this script of /bin/sh, kept in `file`.
inline EngineCommand scriptEngine(const QString& file, const QByteArray& script) {
  write_file_atomically(file.toStdString(), script.toStdString());
  return {QStringLiteral("/bin/sh"), {file}, {}};
}

/// The demo pictures as tar shards, kept in `folder`.
inline SourceRecord demoShards(const std::filesystem::path& folder, const QString& title) {
  SourceRecord source;
  source.kind = SourceKind::tars;
  source.folder = folder;
  source.name = QString::fromStdString(folder.filename().string());
  source.title = title;
  source.inputs = {DARKROOM_SOURCE_DIR "/resources/demo/demo-000000.tar"};
  writeSource(source);
  return source;
}

/// A finished dataset of so many rows, without any picture.
inline void writeDataset(const std::filesystem::path& folder, uint64_t rows, const std::string& vae = "vae") {
  DatasetCard card;
  card.image_size = 64;
  card.splits["train"] = rows;
  card.latents = rows;
  card.latent_recipe.shape = {4, 8, 8};
  card.latent_recipe.vae = vae;
  card.latent_recipe.image_size = 64;
  card.latent_recipe.scaling_factor = 0.18215;
  card.latent_statistics.count = rows;
  card.latent_statistics.mean = {0, 0, 0, 0};
  card.latent_statistics.std = {1, 1, 1, 1};
  card.recipe = Json::object();
  std::filesystem::create_directories(folder);
  write_dataset_card(folder, card);
}

}  // namespace darkroom::app::fixture
