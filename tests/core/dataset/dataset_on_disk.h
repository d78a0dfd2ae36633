// SPDX-License-Identifier: Apache-2.0
// Small datasets for tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/dataset/arrow_dataset.h"
#include "core/dataset/latent_store.h"

namespace darkroom::test {

inline ImageRecord a_record(const std::string& key, const std::string& hash = {}) {
  ImageRecord record;
  record.image_key = key;
  record.caption = "a picture of " + key;
  record.input_ids.fill(49407);
  record.input_ids[0] = 49406;
  record.input_ids[1] = static_cast<int32_t>(key.back());
  record.attention_mask.fill(0);
  record.attention_mask[0] = record.attention_mask[1] = record.attention_mask[2] = 1;
  record.source = "a.tar";
  record.width = 20;
  record.height = 30;
  record.category = "animals";
  record.image_hash = hash.empty() ? "hash of " + key : hash;
  return record;
}

inline void write_split(const std::filesystem::path& folder, const std::vector<ImageRecord>& records) {
  ArrowDatasetWriter writer(folder);
  for (const ImageRecord& record : records) {
    writer.append(record);
  }
  writer.finish();
}

inline LatentRecipe small_recipe() { return {.shape = {1, 1, 2}, .scaling_factor = 0.5, .vae = "v", .image_size = 8, .crop = "centre"}; }

/// One shard of latents with the value pattern {i, i} for row i.
inline void write_latents(const std::filesystem::path& folder, const std::vector<LatentRow>& rows) {
  std::vector<uint16_t> values;
  for (uint16_t i = 0; i < rows.size(); ++i) {
    values.insert(values.end(), {i, i});
  }
  LatentStoreWriter(folder, small_recipe()).write_shard(0, {.rows = rows, .dropped = {}, .sum = {}, .sum_squares = {}}, values);
}

}  // namespace darkroom::test
