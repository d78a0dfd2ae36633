// SPDX-License-Identifier: Apache-2.0
// How a picture was made, read from the picture: Darkroom's own, AUTOMATIC1111's and its relatives', ComfyUI's, InvokeAI's, SwarmUI's,
// Fooocus's and NovelAI's.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// The program whose words the picture speaks.
enum class RecipeSource { none, darkroom, a1111, comfyui, invokeai, swarmui, fooocus, novelai };

/// "Darkroom", "AUTOMATIC1111", "ComfyUI", …; "nothing known" for none
std::string_view recipe_source_name(RecipeSource source);

/// A file that the picture names. Other programs name files without a folder: whoever has the models looks it up by hash or name.
struct NamedFile {
  std::string name;                  ///< as the picture spells it; empty: not said
  std::string hash;                  ///< hex as it stands there; empty: not said
  double scale = 1;                  ///< of a LoRA
  std::optional<double> text_scale;  ///< of what a LoRA does to the text encoder; absent: as `scale`
  bool operator==(const NamedFile&) const = default;
};

/// Something that the picture says and that could not be taken over, or that will not come out the same.
struct ImportNote {
  std::string field;   ///< in the picture's own words: "Sampler", "KSampler 3", "loras/0"
  std::string reason;  ///< a sentence
};

struct ImportedSettings {
  RecipeSource source = RecipeSource::none;
  /// Fields of GenerateOptions under their JSON names, only those that the picture states or that its program implies (spacing, emphasis),
  /// each within the parameter table's range and choices. Of other programs' pictures no paths: see `model`, `vae`, `loras`.
  Json options = Json::object();
  NamedFile model;
  NamedFile vae;
  std::vector<NamedFile> loras;  ///< AUTOMATIC1111's also stand in the prompt as <lora:name:scale>, which our weighted syntax reads
  std::vector<ImportNote> notes;
};

/// Reads the settings of a JPEG, PNG or WebP file. Where several programs left texts, the order is: Darkroom's JSON, InvokeAI, `parameters`
/// (JSON of SwarmUI, Fooocus or NovelAI, else AUTOMATIC1111's text), NovelAI, ComfyUI's graph, and last the copy in the alpha channel's
/// lowest bits (Forge, NovelAI). Pictures without any have source none and a note.
///
/// where   names the picture in notes
/// throws  nothing that depends on the bytes: what is wrong with them is a note
ImportedSettings read_image_settings(std::span<const std::byte> bytes, std::string_view where);

/// read_image_settings of a file. throws Error{not_found | io}
ImportedSettings read_image_settings(const std::filesystem::path& path);

/// `base` with the imported options in it; everything that the picture does not state stays. A picture of Darkroom states everything: what
/// it leaves out is at its default.
GenerateOptions apply_settings(const GenerateOptions& base, const ImportedSettings& settings);

}  // namespace darkroom
