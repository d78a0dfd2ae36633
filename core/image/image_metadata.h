// SPDX-License-Identifier: Apache-2.0
// What our own pictures say about how they were made: the text that other programs read, and the JSON that repeats them exactly.
// The reading of other programs' pictures is in core/recipe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/image/image_texts.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// A file that took part, by the name that prompts and other programs use, and the hash that AUTOMATIC1111 would show.
struct FileHash {
  std::string name;  ///< without folder and ending
  std::string hash;  ///< hex
  bool operator==(const FileHash&) const = default;
};

/// How one image of a call came about.
struct GenerationRecord {
  GenerateOptions options;                 ///< with everything that was left to the model filled in: sampler, steps, spacing, width, height
  int64_t image_index = 0;                 ///< i of the call; the image's seed is image_seed()
  std::string sampler_label;               ///< as A1111 spells it: "DDIM", "Euler a"; empty: taken from the table of sampler_names.h
  std::string model_name;                  ///< "pocket", a file's or folder's name
  std::string model_hash;                  ///< SHA-256 of the file with the UNet, hex; its first 10 digits are shown
  std::string vae_hash;                    ///< likewise, of a VAE that lies in another file; else empty
  std::string weights_used;                ///< "ema", "live", "model"
  std::string version;                     ///< engine_version()
  std::vector<FileHash> lora_hashes;       ///< in any order; those that are known
  std::vector<FileHash> embedding_hashes;  ///< likewise
  std::string hires_upscaler;              ///< how the second pass enlarged, as A1111 names it ("Latent", "Lanczos"); empty: not said

  /// The seed of the image's own noise: options.seed + i, or options.seed alone when a variation seed is mixed in.
  int64_t image_seed() const;
  /// options.variation_seed + i; nothing without a variation.
  std::optional<int64_t> image_variation_seed() const;
};

/// The `parameters` text of AUTOMATIC1111's web UI: prompt, "Negative prompt: …", one line of settings.
///
/// LoRAs of the options stand behind the prompt in its spelling, <lora:name:scale> or <lora:name:text scale:scale>. Keys in its order, each
/// only where it says something: Steps, Sampler, Schedule type ("Uniform" for our default on samplers whose Automatic would be another),
/// CFG scale, Seed, Size, Model hash, Model, VAE hash, VAE, Variation seed, Variation seed strength, Denoising strength (of image to image,
/// else of the second pass), Clip skip (above 1), RNG; then Mask blur, Hires upscale, Hires steps, Hires upscaler, Hires denoising strength
/// (ours: only where image to image and second pass meet), Lora hashes, TI hashes, Emphasis (plain syntax is "None", our none is "Ignore"),
/// Eta DDIM or Eta, CFG Rescale, Version. A value is quoted as JSON where it holds a comma, colon or line break, or begins with a quote or
/// a space. Its parser reads the text back unchanged, except that it strips white space around the lines of the prompts.
std::string a1111_parameters(const GenerationRecord& record);

/// {"darkroom_image": 1, "options": {…}, "image_index", "sampler_label", "model_name", "model_hash", …}
Json to_json(const GenerationRecord& record);
/// throws  Error{bad_input} naming `where` and what is wrong
GenerationRecord generation_record_from_json(const Json& json, std::string_view where);

/// The two texts that every picture of ours carries: `parameters` and `darkroom`.
std::vector<PngText> generation_texts(const GenerationRecord& record);

/// The record of a picture that Darkroom wrote; nothing when it has none. throws Error{bad_input} when it is damaged
std::optional<GenerationRecord> find_generation_record(std::span<const PngText> texts, std::string_view where);

/// Options that make this one image again: its own seeds, a count of 1, no output path.
GenerateOptions options_like(const GenerationRecord& record);

}  // namespace darkroom
