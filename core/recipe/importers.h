// SPDX-License-Identifier: Apache-2.0
// One function a program. None throws on what the text holds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/image/image_texts.h"
#include "core/recipe/imported_settings.h"

namespace darkroom {

/// JSON as programs in Python and JavaScript write it: NaN, Infinity and -Infinity outside of strings count as null.
/// returns  nothing for a text that is no JSON
std::optional<Json> parse_foreign_json(std::string_view text);

/// AUTOMATIC1111's text. With scheme "a1111" of Fooocus its keys are read too.
ImportedSettings import_a1111(std::string_view text, RecipeSource source = RecipeSource::a1111);

/// ComfyUI's API graph: node id -> class_type and inputs.
ImportedSettings import_comfyui(const Json& graph);

/// InvokeAI's `invokeai_metadata`.
ImportedSettings import_invokeai(const Json& metadata);

/// SwarmUI: the object under `sui_image_params`.
ImportedSettings import_swarmui(const Json& parameters);

/// Fooocus's own scheme.
ImportedSettings import_fooocus(const Json& metadata);

/// NovelAI's `Comment`; `description` is the prompt where the comment has none, `model` what stood in `Source`.
ImportedSettings import_novelai(const Json& comment, const std::string& description, const std::string& model);

/// The texts in the lowest bits of a PNG's alpha channel: columns from the left, each from the top; "stealth_pnginfo" or "stealth_pngcomp"
/// (gzip), 32 bits big-endian for the number of bits, the payload. A payload that is JSON of texts (NovelAI) gives those, any other is
/// `parameters` (Forge). Empty when the picture has no such copy.
/// throws  Error{bad_input} for a copy that is cut short or damaged; Error{failed} in a build that cannot decode pictures
std::vector<PngText> read_stealth_texts(std::span<const std::byte> bytes, std::string_view where);

}  // namespace darkroom
