// SPDX-License-Identifier: Apache-2.0
#include "core/encode/encode_recipe.h"

#include <stdexcept>

#include "core/base/format.h"
#include "core/image/cropped_decode.h"
#include "core/model/model_folder.h"

namespace darkroom {
namespace {

void check_options(const EncodeOptions& options, int64_t downscale) {
  if (options.devices.empty() || options.batch < 1 || options.rows_per_shard < 1) {
    throw std::invalid_argument("[encode_latents] at least one device, a batch and a shard of one are needed");
  }
  if (options.image_size < downscale || options.image_size % downscale != 0) {
    fail(ErrorCode::bad_input, "The image size {} is not a multiple of {}, by which this VAE makes pictures smaller", options.image_size,
         downscale);
  }
}

LatentRecipe recipe_of(const Vae& vae, const PartSource& vae_source, const EncodeOptions& options) {
  const int64_t side = options.image_size / vae.downscale();
  return {.shape = {vae.latent_channels(), side, side},
          .scaling_factor = vae.scaling_factor(),
          .vae = part_hash(vae_source),
          .image_size = options.image_size,
          .crop = "centre",
          .decoder = decoder_name()};
}

}  // namespace

LatentRecipe checked_recipe(const PartSource& vae_source, const EncodeOptions& options) {
  const Vae vae(read_vae_config(vae_source));
  check_options(options, vae.downscale());
  return recipe_of(vae, vae_source, options);
}

std::vector<QuarantinedItem> quarantined_by(const LatentStore& store) {
  std::vector<QuarantinedItem> items;
  for (const DroppedLatent& dropped : store.dropped()) {
    const size_t colons = dropped.key.find("::");
    items.push_back({.stage = encode_stage_name, .source = dropped.key.substr(0, colons), .item = dropped.key, .reason = dropped.reason});
  }
  return items;
}

}  // namespace darkroom
