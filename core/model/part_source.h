// SPDX-License-Identifier: Apache-2.0
// Where one part of a model lies: in a folder of its own, or in a file together with others.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/weights_io.h"
#include "core/nn/clip_text.h"
#include "core/nn/unet_config.h"
#include "core/nn/vae.h"

namespace darkroom {

/// The parts of a model of Stable Diffusion 1.x.
enum class Part { unet, vae, text_encoder };

inline constexpr Part all_parts[] = {Part::unet, Part::vae, Part::text_encoder};

/// The name of the part's folder: "unet", "vae", "text_encoder".
std::string_view part_name(Part part);

/// Which weights, where a file or checkpoint has two sets.
enum class WeightsChoice {
  ema,   ///< the moving average where there is one, else the live weights
  live,  ///< the weights as the optimiser left them
};

/// A part's folder (config.json beside its weights), or a file that holds the part, alone or with others.
struct PartSource {
  /// Without `part` it is taken from the folder's config, or from a file that holds one part alone.
  PartSource(std::filesystem::path where, std::optional<Part> which = std::nullopt, WeightsChoice choice = WeightsChoice::ema)
      : path(std::move(where)), part(which), weights(choice) {}

  std::filesystem::path path;
  std::optional<Part> part;
  WeightsChoice weights;
};

/// Configurations: config.json of a folder; of a file what its metadata say, else what its names and shapes show.
/// throws  Error{not_found | bad_input} naming the file and what is wrong in it, or that it has no such part
UNetConfig read_unet_config(const PartSource& source);
VaeConfig read_vae_config(const PartSource& source);
ClipTextConfig read_text_encoder_config(const PartSource& source);

/// A part's tensors by the names of `layout`, nothing read yet.
/// throws  as MatchedWeights, and as read_unet_config
MatchedWeights match_part(const ParameterLayout& layout, const PartSource& source, Part part);

/// XXH3-128 of a part's weights by their names here: 32 hex digits, the same for a folder and for a file with the same numbers.
/// Kept in the user's cache by the identity of the files (HashCache). throws  as read_unet_config
std::string part_hash(const PartSource& source);

/// The files that hold a part's weights: the file itself, or those of the folder, shards in the order of their names.
/// throws  as WeightFiles
std::vector<std::filesystem::path> part_files(const PartSource& source);

/// SHA-256 of part_files one behind the other, 64 hex digits, through the user's cache: of a single file the hash that AUTOMATIC1111 names
/// it by, whatever else it holds; a folder, of which that program knows nothing, goes by its weights. throws  as part_files
std::string part_sha256(const PartSource& source);

/// Which part a folder is by its config.json. throws Error{bad_input} when it is none
Part part_of_folder(const std::filesystem::path& folder);
/// Whether a folder has a config.json.
bool is_part_folder(const std::filesystem::path& folder);

}  // namespace darkroom
