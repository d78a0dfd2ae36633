// SPDX-License-Identifier: Apache-2.0
// The small files beside the latent shards, shared by reader and writer.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/dataset/latent_store.h"
#include "core/dataset/npy.h"

namespace darkroom {

constexpr const char* latent_recipe_name = "latents.json";

/// "latents-00012.json" for the number of "latents-00012.npy".
std::string latent_index_name(int number);

Json to_json(const LatentShardIndex& index);
/// throws Error{bad_input} naming `where`
LatentShardIndex latent_shard_index_from_json(const Json& json, std::string_view where, int64_t channels);

/// Compares a shard's header and length with what its index says. throws Error{bad_input} naming the file and what was expected
void check_latent_shard(const NpyHeader& header, const LatentRecipe& recipe, size_t rows, size_t file_bytes,
                        const std::filesystem::path& file);

/// Numbers of the shards whose .json is there, ascending.
std::vector<int> complete_shards(const std::filesystem::path& folder);

}  // namespace darkroom
