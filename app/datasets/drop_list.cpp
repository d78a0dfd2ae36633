// SPDX-License-Identifier: GPL-3.0-or-later
// Shards that `data shards` made number their samples anew; the json of a sample has its key in the set ("source_key").
#include "app/datasets/drop_list.h"

#include <string>
#include <unordered_set>

#include "app/datasets/stage_commands.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/tar_source.h"
#include "core/filter/filter_rules.h"
#include "core/pipeline/filter_metadata.h"
#include "core/pipeline/metadata_file.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

std::unordered_set<std::string> keptKeys(const SourceRecord& source) {
  std::unordered_set<std::string> keys;
  const MetadataColumn wanted[] = {MetadataColumn::key};
  for (const fs::path& file : metadata_inputs({source.stageFolder("kept")})) {
    MetadataReader reader(file, wanted, MetadataRead::needed);
    while (reader.next()) {
      for (const std::string_view key : reader.batch().columns.at(MetadataColumn::key).texts) {
        keys.emplace(key);
      }
    }
  }
  return keys;
}

std::string keyInSet(const SourceRecord& source, const TarSource& tar, const TarSample& sample, const std::string& imageKey) {
  if (source.kind == SourceKind::tars) {
    return imageKey;
  }
  const TarField* facts = sample.find("json");
  const Json json = facts != nullptr ? Json::parse(tar.read(*facts), nullptr, false) : Json();
  return json.is_object() ? json.value("source_key", "") : std::string();
}

}  // namespace

void writeDropList(const SourceRecord& source) {
  FilterRules rules;
  if (!source.metadata()) {
    const std::unordered_set<std::string> kept = keptKeys(source);
    for (const fs::path& shard : shardFiles(source)) {
      const TarSource tar(shard);
      for (const TarSample& sample : tar.samples()) {
        const std::string imageKey = shard.filename().string() + "::" + sample.key;
        if (!kept.contains(keyInSet(source, tar, sample, imageKey))) {
          rules.drop.push_back(imageKey);
        }
      }
    }
  }
  const fs::path duplicates = source.stageFolder("duplicates") / "rules.json";
  if (fs::exists(duplicates)) {
    const FilterRules more = read_filter_rules(duplicates);
    rules.drop.insert(rules.drop.end(), more.drop.begin(), more.drop.end());
  }
  fs::create_directories(dropFile(source).parent_path());
  write_file_atomically(dropFile(source), to_json(rules).dump() + "\n");
}

}  // namespace darkroom::app
