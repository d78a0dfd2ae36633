// SPDX-License-Identifier: Apache-2.0
// Which pictures are still to be encoded, and where each lies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/latent_store.h"
#include "core/dataset/tar_source.h"

namespace darkroom {

/// One picture of the dataset.
struct EncodeItem {
  uint32_t tar = 0;  ///< index into EncodePlan::tars
  TarField field;    ///< the picture in it
  std::string key;
  std::string image_hash;
};

struct EncodePlan {
  std::vector<std::unique_ptr<TarSource>> tars;
  std::vector<EncodeItem> items;  ///< still to do, in the order of shards and members
  uint64_t total = 0;             ///< pictures of the dataset
};

/// Reads the dataset's keys and the tars' indexes, takes away what `store` already has, and removes shards of latents whose pictures
/// are not (or not so) in the dataset any more.
/// throws  Error{not_found} naming a shard that is missing; Error{bad_input} naming a picture that its shard does not hold
EncodePlan plan_encode(const std::filesystem::path& dataset, const std::vector<std::filesystem::path>& shards, LatentStoreWriter& store);

}  // namespace darkroom
