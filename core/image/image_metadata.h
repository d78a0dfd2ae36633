// SPDX-License-Identifier: Apache-2.0
// What an image file says about how it was made: the text that other programs read, and our own JSON that repeats it exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/image/image_encode.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// How one image of a call came about.
struct GenerationRecord {
  GenerateOptions options;    ///< with everything that was left to the model filled in: sampler, steps, spacing, width, height
  int64_t image_index = 0;    ///< i of the call; the image's seed is options.seed + i
  std::string sampler_label;  ///< as A1111 spells it: "DDIM", "Euler a"
  std::string model_name;     ///< "pocket", a file's or folder's name
  std::string model_hash;     ///< XXH3-128 of the UNet's weights, hex
  std::string vae_hash;       ///< likewise; empty when not known
  std::string weights_used;   ///< "ema", "live", "model"
  std::string version;        ///< engine_version()
};

/// The `parameters` text of AUTOMATIC1111's web UI: prompt, "Negative prompt: …", one line of settings.
///
/// Keys in its order: Steps, Sampler, CFG scale, Seed, Size, Model hash, Model, VAE hash, Clip skip (above 1), RNG, Eta (not 0), Version.
/// A value with a comma, colon or line break is quoted as JSON; a hash is cut to 10 digits. Its parser reads the text back unchanged,
/// except that it strips white space around lines.
std::string a1111_parameters(const GenerationRecord& record);

/// A `parameters` text taken apart.
struct A1111Parameters {
  std::string prompt;
  std::string negative;
  std::vector<std::pair<std::string, std::string>> settings;  ///< in the text's order; "Size" as it stands

  /// Empty when there is no such key.
  std::string setting(std::string_view key) const;
};

/// The rule of the web UI: the last line counts as settings when it holds at least three "key: value" pairs, else it is prompt.
/// Nothing for texts that start with "{" (other programs' JSON under the same keyword).
std::optional<A1111Parameters> parse_a1111_parameters(std::string_view text);

/// {"darkroom_image": 1, "options": {…}, "image_index", "sampler_label", "model_name", "model_hash", …}
Json to_json(const GenerationRecord& record);
/// throws  Error{bad_input} naming `where` and what is wrong
GenerationRecord generation_record_from_json(const Json& json, std::string_view where);

/// The two texts that every PNG of ours carries: `parameters` and `darkroom`.
std::vector<PngText> generation_texts(const GenerationRecord& record);

/// The record of a PNG that Darkroom wrote; nothing when it has none. throws Error{bad_input} when it is damaged
std::optional<GenerationRecord> find_generation_record(std::span<const PngText> texts, std::string_view where);

/// Options that make this one image again: its own seed, a count of 1, no output path.
GenerateOptions options_like(const GenerationRecord& record);

}  // namespace darkroom
