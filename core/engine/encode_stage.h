// SPDX-License-Identifier: Apache-2.0
// What `data encode` and `data build` share: the VAE, the options, and what is said at the end.
#pragma once

#include <string>
#include <vector>

#include "core/commands/data_stage.h"
#include "core/encode/latent_encoder.h"

namespace darkroom {

/// `data encode DATASET TARS… --model M`.
void add_data_encode_command(CLI::App& data, CommandContext& context);

/// `data build TARS… --model M --out DATASET`: shards -> tokens -> Arrow -> latents in one go.
void add_data_build_command(CLI::App& data, CommandContext& context);

struct EncodeArguments {
  std::string model;
  std::string vae;
  int size = 0;  ///< 0: what the model was made for
  std::string devices = "auto";
  std::string dtype = "fp32";
  EncodeOptions options;
};
void add_encode_options(CLI::App& command, EncodeArguments& arguments);
/// Finds the VAE and completes arguments.options. throws  as resolve_model
PartSource resolve_vae(EncodeArguments& arguments);

/// dataset.json of a folder whose latents are made, and a look at it as the trainer will open it: keys, hashes and lengths are checked.
/// shards  that it was made from; empty for imported latents
void finish_dataset(const std::filesystem::path& dataset, const std::vector<std::filesystem::path>& shards, const EncodeSummary& encode,
                    const EncodeOptions& options);

/// What encoding did, for programs and for people.
Json encode_fields(const std::filesystem::path& dataset, const EncodeSummary& encode);
std::string encode_text(const EncodeSummary& encode);

}  // namespace darkroom
