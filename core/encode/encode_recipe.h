// SPDX-License-Identifier: Apache-2.0
// What encoding and importing latents share.
#pragma once

#include <vector>

#include "core/encode/latent_encoder.h"

namespace darkroom {

/// In quarantine.jsonl.
inline constexpr const char* encode_stage_name = "encode";

/// What the latents of that VAE and size are.
/// throws  Error{bad_input} for a size that the VAE cannot take; std::invalid_argument for options without a device or a batch
LatentRecipe checked_recipe(const PartSource& vae_source, const EncodeOptions& options);

/// The pictures that a store says were looked at and dropped, in the order of its shards.
std::vector<QuarantinedItem> quarantined_by(const LatentStore& store);

}  // namespace darkroom
