// SPDX-License-Identifier: GPL-3.0-or-later
// A source of the Datasets page: what it is, where it lies, and what the studio keeps for it in the workspace.
#pragma once

#include <QString>
#include <QStringList>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/source/picture_source.h"

namespace darkroom::app {

/// What a source is made of.
enum class SourceKind {
  parquet,  ///< metadata, with URLs or with shards beside it
  tars,     ///< WebDataset
  folder,   ///< of pictures
  arrow,    ///< a dataset folder in the Hugging Face layout
  coco,
  vggface2,
  diffusiondb,
  journeydb,
};

/// As source.json and `data shards --source` spell it: "parquet", "vggface2".
QString sourceKindKey(SourceKind kind);
/// "parquet metadata", "VGGFace2".
QString sourceKindName(SourceKind kind);

/// One source. Everything that belongs to it lies in `folder`: source.json, rules.json, index.parquet, and stages/.
struct SourceRecord {
  QString name;   ///< of its folder below datasets/
  QString title;  ///< as the card shows it
  SourceKind kind = SourceKind::folder;
  std::vector<std::filesystem::path> inputs;  ///< files and folders that were added
  std::string repository;                     ///< of the hub, "datasets/org/name", where it comes from there
  std::filesystem::path captions;             ///< COCO: captions_*.json, or empty
  std::filesystem::path instances;            ///< COCO: instances_*.json, or empty
  std::filesystem::path folder;
  int imageSize = 512;                       ///< side that its stages bring pictures to, px
  QString model = QStringLiteral("pocket");  ///< whose VAE makes its latents
  QString devices = QStringLiteral("auto");
  QString networks;  ///< private networks that its pictures may come from, with commas: "10.1.0.0/16"; empty: public addresses alone

  std::filesystem::path rulesFile() const { return folder / "rules.json"; }
  std::filesystem::path stageFolder(const char* stage) const { return folder / "stages" / stage; }
  /// Its pictures are known by a hub's metadata, not by files of their own.
  bool metadata() const { return kind == SourceKind::parquet; }
  bool operator==(const SourceRecord&) const = default;
};

/// What stands in files or folders that somebody dropped. `name` and `folder` of the result are empty.
/// throws  Error{not_found | bad_input}: a sentence that says what was looked for
SourceRecord detectSource(const std::vector<std::filesystem::path>& dropped);

/// throws  Error{not_found | bad_input} naming source.json
SourceRecord readSource(const std::filesystem::path& folder);
/// throws  Error{io}
void writeSource(const SourceRecord& source);
/// Sources of a workspace by name: folders with a source.json, and finished datasets that have none.
std::vector<SourceRecord> listSources(const std::filesystem::path& datasets);

/// Every tar below these folders, in order; what is no folder is taken as it is.
std::vector<std::filesystem::path> tarsIn(const std::vector<std::filesystem::path>& places);

/// How large a source is on the disk.
struct SourceSize {
  uint64_t files = 0;
  double bytes = 0;
};
SourceSize measureSource(const SourceRecord& source);

/// The set of pictures, for kinds that `data shards` reads.
/// throws  as the open_*_source functions
std::unique_ptr<PictureSource> openPictures(const SourceRecord& source);

/// The parquet files that rules work on: the metadata's own, or index.parquet, which is made when it is not there or the set has changed.
/// throws  Error of what is read, Error{cancelled}
std::vector<std::filesystem::path> metadataFiles(const SourceRecord& source, const ProgressSink& sink, const CancelToken& cancel);

}  // namespace darkroom::app
