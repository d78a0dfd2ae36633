// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/training_set.h"

#include <xxhash.h>

#include <algorithm>
#include <unordered_set>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

fs::path split_folder(const fs::path& folder, const std::string& split) {
  if (!fs::is_directory(folder)) {
    fail(ErrorCode::not_found, "{}: there is no such dataset folder", folder.string());
  }
  const std::vector<std::string> splits = dataset_splits(folder);
  if (splits.empty() && split == "train") {
    return folder;  // one dataset without splits
  }
  if (std::find(splits.begin(), splits.end(), split) == splits.end()) {
    fail(ErrorCode::not_found, "{}: no split \"{}\"; it has {}", folder.string(), split,
         splits.empty() ? std::string("none") : format("{}", fmt::join(splits, ", ")));
  }
  return folder / split;
}

}  // namespace

TrainingSet::TrainingSet(const fs::path& folder, const std::string& split)
    : folder_(folder), split_(split), captions_(split_folder(folder, split)), latents_(folder / "latents") {
  const bool has_hash = captions_.has("image_hash");
  const bool has_checksum = captions_.has("checksum");
  has_category_ = captions_.has("category");
  std::unordered_set<std::string_view> seen;
  seen.reserve(captions_.size());
  rows_.reserve(captions_.size());
  for (uint64_t row = 0; row < captions_.size(); ++row) {
    const std::string_view key = captions_.text("image_key", row);
    if (!seen.insert(key).second) {
      fail(ErrorCode::bad_input, "{}: the image_key {} stands twice in split {}", folder.string(), key, split);
    }
    const std::string_view hash = has_hash ? captions_.text("image_hash", row) : std::string_view();
    check_record(folder.string(), key, captions_.text("caption", row), hash,
                 has_checksum ? captions_.text("checksum", row) : std::string_view());
    for (const std::string_view column : {"input_ids", "attention_mask"}) {
      const size_t length = captions_.int32_list(column, row).size();
      if (length != static_cast<size_t>(tokens_per_caption)) {
        fail(ErrorCode::bad_input, "{}: {} of {} has {} values, expected {}", folder.string(), column, key, length, tokens_per_caption);
      }
    }
    const auto latent = latents_.find(key);
    if (!latent) {
      continue;
    }
    const std::string& encoded = latents_.image_hash(*latent);
    if (!hash.empty() && !encoded.empty() && hash != encoded) {
      fail(ErrorCode::bad_input,
           "{}: the caption of {} belongs to another picture than its latent (hashes {} and {}); run `data build` again", folder.string(),
           key, hash, encoded);
    }
    rows_.push_back({.caption = row, .latent = *latent});
  }
}

std::string_view TrainingSet::key(uint64_t i) const { return captions_.text("image_key", rows_.at(i).caption); }
std::string_view TrainingSet::caption(uint64_t i) const { return captions_.text("caption", rows_.at(i).caption); }
std::string_view TrainingSet::category(uint64_t i) const {
  return has_category_ ? captions_.text("category", rows_.at(i).caption) : std::string_view();
}
std::span<const int32_t> TrainingSet::ids(uint64_t i) const { return captions_.int32_list("input_ids", rows_.at(i).caption); }
std::span<const int32_t> TrainingSet::mask(uint64_t i) const { return captions_.int32_list("attention_mask", rows_.at(i).caption); }
std::span<const uint16_t> TrainingSet::latent(uint64_t i) const { return latents_.latent(rows_.at(i).latent); }

std::string TrainingSet::fingerprint() const {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  const std::string recipe = to_json(latents_.recipe()).dump();
  XXH3_64bits_update(&state, recipe.data(), recipe.size());
  for (const Row& row : rows_) {
    const std::string_view key = captions_.text("image_key", row.caption);
    const std::span<const int32_t> ids = captions_.int32_list("input_ids", row.caption);
    const std::string& hash = latents_.image_hash(row.latent);
    XXH3_64bits_update(&state, key.data(), key.size());
    XXH3_64bits_update(&state, ids.data(), ids.size_bytes());
    XXH3_64bits_update(&state, hash.data(), hash.size());
  }
  return format("{:016x}", XXH3_64bits_digest(&state));
}

}  // namespace darkroom
