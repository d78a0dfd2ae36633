// SPDX-License-Identifier: Apache-2.0
// A part's folder is config.json beside its weights; a file says what it is by its names and shapes. Here the two become alike.
#include "core/model/part_source.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/key_map.h"
#include "core/model/hash_cache.h"
#include "core/model/model_file.h"
#include "core/nn/unet.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// Files of diffusers before 0.15 name the VAE's attention so.
const NameRules& vae_rules() {
  static const NameRules rules = {{{".query.", ".to_q."}, {".key.", ".to_k."}, {".value.", ".to_v."}, {".proj_attn.", ".to_out.0."}}, {}};
  return rules;
}

// A whole CLIPModel holds an image half too; transformers before 4.31 stored a table of positions.
const NameRules& clip_rules() {
  static const NameRules rules = {
      {}, {"vision_model.", "visual_projection.", "text_projection.", "logit_scale", std::string(position_ids_name)}};
  return rules;
}

Json read_config(const fs::path& folder, Part part) {
  const fs::path file = folder / "config.json";
  if (!fs::is_regular_file(file)) {
    fail(ErrorCode::not_found, "{}: is not there; expected the config of a {}", file.string(), part_name(part));
  }
  return read_json_file(file);
}

std::string config_name(const fs::path& folder) { return (folder / "config.json").string(); }

ModelFile open_with(const PartSource& source, Part part) {
  ModelFile file(source.path);
  if (!file.has(part)) {
    fail(ErrorCode::not_found, "{}: holds no {}", source.path.string(), part_name(part));
  }
  return file;
}

Part only_part(const PartSource& source) {
  if (source.part) {
    return *source.part;
  }
  if (fs::is_directory(source.path)) {
    return part_of_folder(source.path);
  }
  const ModelFile file(source.path);
  std::optional<Part> only;
  for (const Part part : all_parts) {
    if (file.has(part)) {
      if (only) {
        throw std::invalid_argument(format("[part_hash] {} holds several parts; say which", source.path.string()));
      }
      only = part;
    }
  }
  return only.value();
}

std::string compute_hash(const PartSource& source, Part part) {
  const auto hash_of = [&](const ParameterLayout& layout) { return weights_hash(match_part(layout, source, part)); };
  switch (part) {
    case Part::unet:
      return hash_of(make_unet(read_unet_config(source))->layout());
    case Part::vae:
      return hash_of(Vae(read_vae_config(source)).layout());
    case Part::text_encoder:
      return hash_of(ClipText(read_text_encoder_config(source)).layout());
  }
  return "";
}

WeightVariant variant_of(const PartSource& source) {
  return source.weights == WeightsChoice::live ? WeightVariant::non_ema : WeightVariant::usual;
}

}  // namespace

std::string_view part_name(Part part) {
  switch (part) {
    case Part::unet:
      return "unet";
    case Part::vae:
      return "vae";
    case Part::text_encoder:
      return "text_encoder";
  }
  return "";
}

bool is_part_folder(const fs::path& folder) { return fs::is_regular_file(folder / "config.json"); }

Part part_of_folder(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  const Json json = read_json_file(file);
  const std::string name = json.is_object() && json.contains("_class_name") && json["_class_name"].is_string() ? json["_class_name"] : "";
  if (name == "UNet2DConditionModel" || name == "DarkroomScratchUNet") {
    return Part::unet;
  }
  if (name == "AutoencoderKL") {
    return Part::vae;
  }
  if (json.is_object() && (json.contains("text_config") || json.contains("num_hidden_layers"))) {
    return Part::text_encoder;
  }
  fail(ErrorCode::bad_input, "{}: is neither a UNet, nor a VAE (AutoencoderKL), nor a CLIP text encoder", file.string());
}

UNetConfig read_unet_config(const PartSource& source) {
  return fs::is_directory(source.path) ? unet_config_from_json(read_config(source.path, Part::unet), config_name(source.path))
                                       : open_with(source, Part::unet).unet_config();
}

VaeConfig read_vae_config(const PartSource& source) {
  return fs::is_directory(source.path) ? vae_config_from_json(read_config(source.path, Part::vae), config_name(source.path))
                                       : open_with(source, Part::vae).vae_config();
}

ClipTextConfig read_text_encoder_config(const PartSource& source) {
  return fs::is_directory(source.path) ? clip_text_config_from_json(read_config(source.path, Part::text_encoder), config_name(source.path))
                                       : open_with(source, Part::text_encoder).text_encoder_config();
}

MatchedWeights match_part(const ParameterLayout& layout, const PartSource& source, Part part) {
  if (!fs::is_directory(source.path)) {
    const ModelFile file = open_with(source, part);
    return {layout, file.shared_files(), file.tensors(part, source.weights)};
  }
  const NameRules none;
  const NameRules& rules = part == Part::vae ? vae_rules() : part == Part::text_encoder ? clip_rules() : none;
  return match_weights(layout, source.path, rules, variant_of(source));
}

std::vector<fs::path> part_files(const PartSource& source) {
  if (!fs::is_directory(source.path)) {
    return {source.path};
  }
  std::vector<fs::path> files = WeightFiles(source.path, variant_of(source)).files();
  std::sort(files.begin(), files.end());
  return files;
}

std::string part_sha256(const PartSource& source) { return files_sha256(part_files(source)); }

std::string part_hash(const PartSource& source) {
  const Part part = only_part(source);
  const std::vector<fs::path> files = part_files(source);
  const std::string kind =
      format("xxh3_128 {} {}", part_name(part), part == Part::unet && source.weights == WeightsChoice::live ? "live" : "ema");
  return HashCache::of_user().value(kind, files, [&] { return compute_hash(source, part); });
}

}  // namespace darkroom
