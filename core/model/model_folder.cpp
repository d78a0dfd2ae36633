// SPDX-License-Identifier: Apache-2.0
// A part's folder is config.json beside its weights; everything else is finding that folder.
#include "core/model/model_folder.h"

#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/weights_io.h"
#include "core/model/model_writer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

bool is_part(const fs::path& folder) { return fs::is_regular_file(folder / "config.json"); }

// Files of diffusers before 0.15 name the VAE's attention so.
const NameRules& vae_rules() {
  static const NameRules rules = {{{".query.", ".to_q."}, {".key.", ".to_k."}, {".value.", ".to_v."}, {".proj_attn.", ".to_out.0."}}, {}};
  return rules;
}

// A whole CLIPModel holds an image half too; transformers before 4.31 stored a table of positions.
const NameRules& clip_rules() {
  static const NameRules rules = {
      {}, {"vision_model.", "visual_projection.", "text_projection.", "logit_scale", "text_model.embeddings.position_ids"}};
  return rules;
}

enum class Part { unet, vae, text_encoder };

const char* part_name(Part part) {
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

Part part_of_config(const fs::path& folder) {
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

void set_part(ModelPaths& paths, Part part, const fs::path& folder) {
  (part == Part::unet ? paths.unet : part == Part::vae ? paths.vae : paths.text_encoder) = folder;
}

fs::path named_path(const fs::path& path) { return path == "pocket" ? resource_path("pocket") : path; }

// The folder of `part` in a model folder, or the part's own folder.
fs::path part_folder(const fs::path& path, Part part) {
  fs::path folder = named_path(path);
  fs::path inside = folder / part_name(part);
  if (is_part(inside)) {
    return inside;
  }
  if (is_part(folder) && part_of_config(folder) == part) {
    return folder;
  }
  fail(ErrorCode::not_found, "{}: holds no {}; expected {} or a folder that is one", folder.string(), part_name(part),
       (fs::path(part_name(part)) / "config.json").string());
}

const fs::path& require_part(const std::optional<fs::path>& folder, const fs::path& model, Part part, const char* remedy) {
  if (!folder) {
    fail(ErrorCode::not_found, "{}: has no {}{}", model.string(), part_name(part), remedy);
  }
  return *folder;
}

// The phase of the plan that meta.json names, by index or by name.
const Json* phase_of(const Json& plan, const Json& meta) {
  const auto phases = plan.find("phases");
  const auto phase = meta.find("phase");
  if (phases == plan.end() || !phases->is_array() || phase == meta.end()) {
    return nullptr;
  }
  for (size_t i = 0; i < phases->size(); ++i) {
    const Json& entry = (*phases)[i];
    const bool same = phase->is_number_unsigned()
                          ? phase->get<size_t>() == i
                          : phase->is_string() && entry.is_object() && entry.contains("name") && entry["name"] == *phase;
    if (same) {
      return &entry;
    }
  }
  return nullptr;
}

ModelPaths resolve_checkpoint(const fs::path& folder, WeightsChoice choice, const PartOverrides& overrides) {
  ModelPaths paths;
  paths.model = folder;
  const bool has_ema = is_part(folder / "unet_ema");
  const bool ema = choice == WeightsChoice::ema && has_ema;
  paths.weights_used = ema ? "ema" : "live";
  paths.unet = folder / (ema ? "unet_ema" : "unet");
  paths.scheduler = training_scheduler_config();

  const fs::path run = fs::absolute(folder).lexically_normal().parent_path().parent_path();
  const fs::path plan_file = run / "plan.json";
  if (!fs::is_regular_file(plan_file)) {
    return paths;
  }
  const Json plan = read_json_file(plan_file);
  const auto model = plan.is_object() ? plan.find("model") : plan.end();
  if (!plan.is_object() || model == plan.end() || !model->is_object()) {
    fail(ErrorCode::bad_input, "{}: expected an object \"model\"", plan_file.string());
  }
  const auto named = [&](const char* key) -> std::optional<fs::path> {
    const auto found = model->find(key);
    if (found == model->end() || !found->is_string()) {
      return std::nullopt;
    }
    const fs::path path = found->get<std::string>();
    return path == "pocket" || path.is_absolute() ? path : run / path;
  };
  if (const auto vae = named("vae"); vae && !overrides.vae) {
    paths.vae = part_folder(*vae, Part::vae);
  }
  if (const auto text = named("text_encoder"); text && !overrides.text_encoder) {
    paths.text_encoder = part_folder(*text, Part::text_encoder);
  }
  if (const auto mask = model->find("text_attention_mask"); mask != model->end() && mask->is_boolean()) {
    paths.text_attention_mask = mask->get<bool>();
  }
  const Json meta = read_json_file(folder / "meta.json");
  if (const Json* phase = phase_of(plan, meta); phase != nullptr && phase->value("prediction", "epsilon") == "v") {
    paths.scheduler = training_scheduler_config("v_prediction");
  }
  return paths;
}

ModelPaths resolve_folder(const fs::path& folder) {
  ModelPaths paths;
  paths.model = folder;
  paths.weights_used = "model";
  paths.scheduler = training_scheduler_config();
  if (is_part(folder)) {
    set_part(paths, part_of_config(folder), folder);
    return paths;
  }
  for (const Part part : {Part::unet, Part::vae, Part::text_encoder}) {
    if (is_part(folder / part_name(part))) {
      set_part(paths, part, folder / part_name(part));
    }
  }
  if (!paths.unet && !paths.vae && !paths.text_encoder) {
    fail(ErrorCode::not_found,
         "{}: is no model; expected unet/config.json, vae/config.json or text_encoder/config.json in it, or a config.json",
         folder.string());
  }
  if (const fs::path file = folder / "scheduler" / "scheduler_config.json"; fs::is_regular_file(file)) {
    paths.scheduler = read_json_file(file);
  }
  return paths;
}

Json read_config(const fs::path& folder, Part part) {
  const fs::path file = folder / "config.json";
  if (!fs::is_regular_file(file)) {
    fail(ErrorCode::not_found, "{}: is not there; expected the config of a {}", file.string(), part_name(part));
  }
  return read_json_file(file);
}

std::string config_name(const fs::path& folder) { return (folder / "config.json").string(); }

Weights read_part(const ParameterLayout& layout, const fs::path& folder, const LoadOptions& options, const NameRules& rules) {
  return with_convolution_memory(read_weights(layout, folder, options.dtype, options.device, rules), options.convolution_memory);
}

}  // namespace

const fs::path& ModelPaths::require_unet() const {
  return require_part(unet, model, Part::unet, "; give a model folder or a run's checkpoint");
}
const fs::path& ModelPaths::require_vae() const { return require_part(vae, model, Part::vae, "; give one with --vae"); }
const fs::path& ModelPaths::require_text_encoder() const {
  return require_part(text_encoder, model, Part::text_encoder, "; give one with --text-encoder");
}

ModelPaths resolve_model(const fs::path& path, WeightsChoice choice, const PartOverrides& overrides) {
  const fs::path folder = named_path(path);
  if (!fs::exists(folder)) {
    fail(ErrorCode::not_found, "{}: there is no such model folder", folder.string());
  }
  if (!fs::is_directory(folder)) {
    fail(ErrorCode::bad_input, "{}: is a file; expected a diffusers folder or a run's checkpoint folder", folder.string());
  }
  const bool checkpoint = fs::is_regular_file(folder / "meta.json") && (is_part(folder / "unet") || is_part(folder / "unet_ema"));
  ModelPaths paths = checkpoint ? resolve_checkpoint(folder, choice, overrides) : resolve_folder(folder);
  if (overrides.vae) {
    paths.vae = part_folder(*overrides.vae, Part::vae);
  }
  if (overrides.text_encoder) {
    paths.text_encoder = part_folder(*overrides.text_encoder, Part::text_encoder);
  }
  return paths;
}

LoadedUNet load_unet(const fs::path& folder, const LoadOptions& options) {
  LoadedUNet loaded;
  loaded.model = make_unet(unet_config_from_json(read_config(folder, Part::unet), config_name(folder)));
  loaded.weights = read_part(loaded.model->layout(), folder, options, {});
  return loaded;
}

LoadedVae load_vae(const fs::path& folder, const LoadOptions& options) {
  LoadedVae loaded;
  loaded.model = std::make_unique<Vae>(vae_config_from_json(read_config(folder, Part::vae), config_name(folder)));
  loaded.weights = read_part(loaded.model->layout(), folder, options, vae_rules());
  return loaded;
}

LoadedTextEncoder load_text_encoder(const fs::path& folder, const LoadOptions& options) {
  LoadedTextEncoder loaded;
  loaded.model = std::make_unique<ClipText>(clip_text_config_from_json(read_config(folder, Part::text_encoder), config_name(folder)));
  loaded.weights = read_part(loaded.model->layout(), folder, options, clip_rules());
  return loaded;
}

ModelParts load_model(const ModelPaths& paths, const LoadOptions& options) { return load_model(paths, options, options.dtype); }

ModelParts load_model(const ModelPaths& paths, const LoadOptions& options, torch::ScalarType vae_dtype) {
  // All three are asked for before the first is read, so that a missing one shows at once.
  const fs::path& unet = paths.require_unet();
  const fs::path& vae = paths.require_vae();
  const fs::path& text = paths.require_text_encoder();
  LoadOptions vae_options = options;
  vae_options.dtype = vae_dtype;
  return {paths, load_unet(unet, options), load_vae(vae, vae_options), load_text_encoder(text, options)};
}

std::string part_hash(const fs::path& folder) { return weights_hash(WeightFiles(folder)); }

Weights with_convolution_memory(Weights weights, ConvolutionMemory memory) {
  if (memory == ConvolutionMemory::channels_last) {
    for (torch::Tensor& weight : weights) {
      if (weight.dim() == 4) {
        weight = weight.contiguous(at::MemoryFormat::ChannelsLast);
      }
    }
  }
  return weights;
}

}  // namespace darkroom
