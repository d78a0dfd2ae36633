// SPDX-License-Identifier: Apache-2.0
// dataset.json: what a dataset folder holds and how it was made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/dataset/latent_store.h"

namespace darkroom {

struct DatasetCard {
  int image_size = 0;                      ///< px
  std::map<std::string, uint64_t> splits;  ///< captions of each split
  uint64_t latents = 0;
  uint64_t quarantined = 0;
  LatentRecipe latent_recipe;
  LatentStatistics latent_statistics;
  Json recipe;  ///< shards and options that made it
};

Json to_json(const DatasetCard& card);
void write_dataset_card(const std::filesystem::path& folder, const DatasetCard& card);
/// throws Error{not_found} saying that `folder` is no finished dataset; Error{bad_input}
DatasetCard read_dataset_card(const std::filesystem::path& folder);

}  // namespace darkroom
