// SPDX-License-Identifier: Apache-2.0
// Which pictures are still to be encoded, and where each lies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/dataset/latent_store.h"
#include "core/dataset/tar_source.h"

namespace darkroom {

/// A picture of the dataset that has no latent yet.
struct WantedPicture {
  std::string key;
  std::string source;      ///< the shard that holds it
  std::string image_hash;  ///< empty where the dataset does not say
};

struct MissingLatents {
  std::vector<WantedPicture> pictures;  ///< in the order of the dataset's splits and rows
  uint64_t total = 0;                   ///< pictures of the dataset
};

/// Reads the dataset's rows (their checksums are compared) and takes away what `store` has. A latent stays when its key and its picture's
/// hash stand in the dataset; shards that hold others too are written anew with those that stay, so that nothing is encoded twice.
/// throws  Error{bad_input}: a row whose caption, key and picture do not belong together
MissingLatents find_missing_latents(const std::filesystem::path& dataset, LatentStoreWriter& store);

/// One picture to encode.
struct EncodeItem {
  uint32_t tar = 0;  ///< index into EncodePlan::tars
  TarField field;    ///< the picture in it
  std::string key;
  std::string image_hash;
};

struct EncodePlan {
  std::vector<std::filesystem::path> tars;
  std::vector<EncodeItem> items;  ///< still to do, in the order of shards and members
  uint64_t total = 0;             ///< pictures of the dataset
};

/// find_missing_latents, and where each of them lies.
/// throws  Error{not_found} naming a shard that is missing or does not hold a picture of the dataset
EncodePlan plan_encode(const std::filesystem::path& dataset, const std::vector<std::filesystem::path>& shards, LatentStoreWriter& store);

}  // namespace darkroom
