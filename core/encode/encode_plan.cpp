// SPDX-License-Identifier: Apache-2.0
#include "core/encode/encode_plan.h"

#include <map>
#include <unordered_map>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct WantedPicture {
  std::string source;
  std::string image_hash;
  bool found = false;  // in its tar
  bool done = false;   // has a latent, or was dropped for a reason
};

using WantedPictures = std::unordered_map<std::string, WantedPicture>;

WantedPictures read_wanted(const fs::path& dataset) {
  WantedPictures wanted;
  for (const std::string& split : dataset_splits(dataset)) {
    const ArrowDataset rows(dataset / split);
    for (uint64_t row = 0; row < rows.size(); ++row) {
      wanted[std::string(rows.text("image_key", row))] = {.source = std::string(rows.text("source", row)),
                                                          .image_hash = std::string(rows.text("image_hash", row))};
    }
  }
  return wanted;
}

void keep_what_fits(LatentStoreWriter& store, WantedPictures& wanted) {
  const auto fits = [&](const std::string& key, const std::string& hash) {
    const auto found = wanted.find(key);
    return found != wanted.end() && found->second.image_hash == hash && !found->second.done;
  };
  const auto shards = store.shards();
  for (const auto& [number, index] : shards) {
    bool keep = true;
    for (const LatentRow& row : index.rows) {
      keep = keep && fits(row.key, row.image_hash);
    }
    for (const DroppedLatent& row : index.dropped) {
      keep = keep && fits(row.key, row.image_hash);
    }
    if (!keep) {
      store.remove_shard(number);
      continue;
    }
    for (const LatentRow& row : index.rows) {
      wanted[row.key].done = true;
    }
    for (const DroppedLatent& row : index.dropped) {
      wanted[row.key].done = true;
    }
  }
}

}  // namespace

EncodePlan plan_encode(const fs::path& dataset, const std::vector<fs::path>& shards, LatentStoreWriter& store) {
  WantedPictures wanted = read_wanted(dataset);
  keep_what_fits(store, wanted);
  EncodePlan plan;
  plan.total = wanted.size();
  for (const fs::path& shard : shards) {
    const auto tar = static_cast<uint32_t>(plan.tars.size());
    plan.tars.push_back(std::make_unique<TarSource>(shard));
    const std::string source = shard.filename().string();
    for (const TarSample& sample : plan.tars.back()->samples()) {
      const auto found = wanted.find(source + "::" + sample.key);
      if (found == wanted.end() || sample.image() == nullptr) {
        continue;
      }
      found->second.found = true;
      if (!found->second.done) {
        plan.items.push_back({.tar = tar, .field = *sample.image(), .key = found->first, .image_hash = found->second.image_hash});
      }
    }
  }
  std::map<std::string, uint64_t> missing;
  for (const auto& [key, picture] : wanted) {
    if (!picture.found && !picture.done) {
      ++missing[picture.source];
    }
  }
  if (!missing.empty()) {
    fail(ErrorCode::not_found, "{}: {} of its pictures stand in {}, which does not hold them or was not given", dataset.string(),
         missing.begin()->second, missing.begin()->first);
  }
  return plan;
}

}  // namespace darkroom
