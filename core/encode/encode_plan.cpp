// SPDX-License-Identifier: Apache-2.0
// Shards that fit as a whole claim their pictures first: after a kill in the middle of writing a shard anew, its rows stand in two places,
// and the new place must win.
#include "core/encode/encode_plan.h"

#include <map>
#include <unordered_map>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct Picture {
  WantedPicture wanted;
  bool done = false;  // has a latent, or was dropped for a reason
};

/// The pictures of a dataset, in order and by key.
class Pictures {
 public:
  explicit Pictures(const fs::path& dataset) {
    const std::vector<std::string> splits = dataset_splits(dataset);
    if (splits.empty()) {
      read(dataset);
    }
    for (const std::string& split : splits) {
      read(dataset / split);
    }
    by_key_.reserve(all_.size());
    for (size_t i = 0; i < all_.size(); ++i) {
      by_key_.emplace(all_[i].wanted.key, i);
    }
  }

  bool fits(const std::string& key, const std::string& hash) const {
    const auto found = by_key_.find(key);
    return found != by_key_.end() && !all_[found->second].done && all_[found->second].wanted.image_hash == hash;
  }
  void mark_done(const std::string& key) { all_[by_key_.at(key)].done = true; }
  std::vector<Picture>& all() { return all_; }

 private:
  void read(const fs::path& folder) {
    const ArrowDataset rows(folder);
    const auto text = [&](const char* column, uint64_t row) { return rows.has(column) ? rows.text(column, row) : std::string_view(); };
    for (uint64_t row = 0; row < rows.size(); ++row) {
      Picture picture;
      picture.wanted.key = rows.text("image_key", row);
      picture.wanted.source = text("source", row);
      picture.wanted.image_hash = text("image_hash", row);
      if (picture.wanted.source.empty()) {  // of the source run, whose keys begin with the shard's name
        picture.wanted.source = picture.wanted.key.substr(0, picture.wanted.key.find("::"));
      }
      check_record(folder.string(), picture.wanted.key, rows.text("caption", row), picture.wanted.image_hash, text("checksum", row));
      all_.push_back(std::move(picture));
    }
  }

  std::vector<Picture> all_;
  std::unordered_map<std::string_view, size_t> by_key_;
};

bool fits_whole(const Pictures& pictures, const LatentShardIndex& index) {
  for (const LatentRow& row : index.rows) {
    if (!pictures.fits(row.key, row.image_hash)) {
      return false;
    }
  }
  for (const DroppedLatent& row : index.dropped) {
    if (!pictures.fits(row.key, row.image_hash)) {
      return false;
    }
  }
  return true;
}

void mark_done(Pictures& pictures, const LatentShardIndex& index) {
  for (const LatentRow& row : index.rows) {
    pictures.mark_done(row.key);
  }
  for (const DroppedLatent& row : index.dropped) {
    pictures.mark_done(row.key);
  }
}

void keep_what_fits(LatentStoreWriter& store, Pictures& pictures) {
  const auto shards = store.shards();
  std::vector<bool> whole(shards.size());
  for (size_t i = 0; i < shards.size(); ++i) {
    whole[i] = fits_whole(pictures, shards[i].second);
    if (whole[i]) {
      mark_done(pictures, shards[i].second);
    }
  }
  for (size_t i = 0; i < shards.size(); ++i) {
    if (whole[i]) {
      continue;
    }
    const auto& [number, index] = shards[i];
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < index.rows.size(); ++row) {
      if (pictures.fits(index.rows[row].key, index.rows[row].image_hash)) {
        pictures.mark_done(index.rows[row].key);
        rows.push_back(row);
      }
    }
    std::vector<DroppedLatent> dropped;
    for (const DroppedLatent& row : index.dropped) {
      if (pictures.fits(row.key, row.image_hash)) {
        pictures.mark_done(row.key);
        dropped.push_back(row);
      }
    }
    store.keep_rows(number, rows, std::move(dropped));
  }
}

}  // namespace

MissingLatents find_missing_latents(const fs::path& dataset, LatentStoreWriter& store) {
  Pictures pictures(dataset);
  keep_what_fits(store, pictures);
  MissingLatents missing;
  missing.total = pictures.all().size();
  for (Picture& picture : pictures.all()) {
    if (!picture.done) {
      missing.pictures.push_back(std::move(picture.wanted));
    }
  }
  return missing;
}

EncodePlan plan_encode(const fs::path& dataset, const std::vector<fs::path>& shards, LatentStoreWriter& store) {
  const MissingLatents missing = find_missing_latents(dataset, store);
  std::unordered_map<std::string_view, const WantedPicture*> wanted;
  wanted.reserve(missing.pictures.size());
  for (const WantedPicture& picture : missing.pictures) {
    wanted.emplace(picture.key, &picture);
  }
  EncodePlan plan;
  plan.total = missing.total;
  for (const fs::path& shard : shards) {
    if (wanted.empty()) {
      break;
    }
    const auto tar = static_cast<uint32_t>(plan.tars.size());
    plan.tars.push_back(shard);
    const TarSource source(shard);
    const std::string prefix = shard.filename().string() + "::";
    for (const TarSample& sample : source.samples()) {
      const auto found = wanted.find(prefix + sample.key);
      if (found != wanted.end() && sample.image() != nullptr) {
        plan.items.push_back({.tar = tar, .field = *sample.image(), .key = found->second->key, .image_hash = found->second->image_hash});
        wanted.erase(found);
      }
    }
  }
  std::map<std::string, uint64_t> absent;
  for (const auto& [key, picture] : wanted) {
    ++absent[picture->source];
  }
  if (!absent.empty()) {
    fail(ErrorCode::not_found, "{}: {} of its pictures stand in {}, which does not hold them or was not given", dataset.string(),
         absent.begin()->second, absent.begin()->first);
  }
  return plan;
}

}  // namespace darkroom
