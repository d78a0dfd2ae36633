// SPDX-License-Identifier: GPL-3.0-or-later
// Which command of the engine does a stage of a source, and what it reads and writes.
#pragma once

#include <QStringList>
#include <array>
#include <filesystem>

#include "app/datasets/source_record.h"

namespace darkroom::app {

/// The seven stages, in their order.
enum class Stage { fetch, filter, download, shards, tokens, arrow, latents };
inline constexpr std::array kStages{Stage::fetch,  Stage::filter, Stage::download, Stage::shards,
                                    Stage::tokens, Stage::arrow,  Stage::latents};

/// How a download makes squares.
inline constexpr const char* kDownloadResizeMode = "center_crop";

/// "fetch", "tokens": key of a stage, and name of its folder below stages/.
const char* stageKey(Stage stage);
/// "Fetch", "Tokens".
QString stageTitle(Stage stage);

/// A stage of one source.
struct StageCommand {
  QStringList arguments;             ///< of darkroom-engine; empty: there is nothing to do
  QString unneeded;                  ///< then, why
  std::filesystem::path output;      ///< folder that it fills
  std::filesystem::path quarantine;  ///< quarantine.jsonl that it writes, or empty
};

StageCommand stageCommand(const SourceRecord& source, Stage stage);

/// The tars that tokenising and encoding read; none while they have not been made.
std::vector<std::filesystem::path> shardFiles(const SourceRecord& source);

/// A rules file whose overrides name what the Arrow stage leaves out: pictures that the rules drop, and near-duplicates.
std::filesystem::path dropFile(const SourceRecord& source);

}  // namespace darkroom::app
