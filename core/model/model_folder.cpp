// SPDX-License-Identifier: Apache-2.0
// Finding the parts; part_source.cpp reads them.
#include "core/model/model_folder.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/base/mapped_file.h"
#include "core/base/resources.h"
#include "core/model/model_file.h"
#include "core/model/model_writer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

void set_part(ModelPaths& paths, Part part, const PartSource& source) {
  (part == Part::unet ? paths.unet : part == Part::vae ? paths.vae : paths.text_encoder) = source;
}

fs::path named_path(const fs::path& path) { return path == "pocket" ? resource_path("pocket") : path; }

// `part` in a model folder, in the part's own folder, or in a file.
PartSource part_at(const fs::path& path, Part part) {
  fs::path place = named_path(path);
  if (fs::is_regular_file(place)) {
    if (!ModelFile(place).has(part)) {
      fail(ErrorCode::not_found, "{}: holds no {}", place.string(), part_name(part));
    }
    return {std::move(place), part};
  }
  fs::path inside = place / part_name(part);
  if (is_part_folder(inside)) {
    return {std::move(inside), part};
  }
  if (is_part_folder(place) && part_of_folder(place) == part) {
    return {std::move(place), part};
  }
  fail(ErrorCode::not_found, "{}: holds no {}; expected {}, a folder that is one, or a file", place.string(), part_name(part),
       (fs::path(part_name(part)) / "config.json").string());
}

const PartSource& require_part(const std::optional<PartSource>& source, const fs::path& model, Part part, const char* remedy) {
  if (!source) {
    fail(ErrorCode::not_found, "{}: has no {}{}", model.string(), part_name(part), remedy);
  }
  return *source;
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
  const bool has_ema = is_part_folder(folder / "unet_ema");
  const bool ema = choice == WeightsChoice::ema && has_ema;
  paths.weights_used = ema ? "ema" : "live";
  paths.unet = PartSource(folder / (ema ? "unet_ema" : "unet"), Part::unet);
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
    paths.vae = part_at(*vae, Part::vae);
  }
  if (const auto text = named("text_encoder"); text && !overrides.text_encoder) {
    paths.text_encoder = part_at(*text, Part::text_encoder);
  }
  if (const auto mask = model->find("text_attention_mask"); mask != model->end() && mask->is_boolean()) {
    paths.text_attention_mask = mask->get<bool>();
  }
  const Json meta = read_json_file(folder / "meta.json");
  if (const Json* phase = phase_of(plan, meta); phase != nullptr) {
    const bool zero = phase->value("zero_terminal_snr", false);
    paths.scheduler = training_scheduler_config(phase->value("prediction", "epsilon"), zero ? TerminalSnr::zero : TerminalSnr::usual);
  }
  return paths;
}

// Stable Diffusion's own folders keep the live weights in a second file.
bool has_live_variant(const fs::path& folder) {
  return fs::is_directory(folder) &&
         std::any_of(fs::directory_iterator(folder), fs::directory_iterator(), [](const fs::directory_entry& entry) {
           return entry.path().filename().string().find(".non_ema.") != std::string::npos;
         });
}

ModelPaths resolve_folder(const fs::path& folder, WeightsChoice choice) {
  ModelPaths paths;
  paths.model = folder;
  const bool two_sets = has_live_variant(folder) || has_live_variant(folder / "unet");
  paths.weights_used = !two_sets ? "model" : choice == WeightsChoice::ema ? "ema" : "live";
  paths.scheduler = training_scheduler_config();
  if (is_part_folder(folder)) {
    const Part part = part_of_folder(folder);
    set_part(paths, part, {folder, part, choice});
    return paths;
  }
  for (const Part part : all_parts) {
    if (is_part_folder(folder / part_name(part))) {
      set_part(paths, part, {folder / part_name(part), part, choice});
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

ModelPaths resolve_file(const fs::path& path, WeightsChoice choice) {
  const ModelFile file(path);
  ModelPaths paths;
  paths.model = path;
  paths.scheduler = file.scheduler();
  paths.weights_used = file.weights_used(choice);
  for (const Part part : all_parts) {
    if (file.has(part)) {
      set_part(paths, part, {path, part, choice});
    }
  }
  return paths;
}

Weights read_part(const ParameterLayout& layout, const PartSource& source, Part part, const LoadOptions& options) {
  const MatchedWeights matched = match_part(layout, source, part);
  Weights weights;
  weights.reserve(matched.size());
  for (size_t i = 0; i < matched.size(); ++i) {
    weights.push_back(matched.tensor(i, options.dtype.value_or(matched.info(i).dtype), options.device));
    if (!options.dtype) {  // looked at once; whoever uses it reads it again from the system's cache
      MappedFile::let_go({static_cast<const std::byte*>(weights.back().const_data_ptr()), weights.back().nbytes()});
    }
  }
  return with_convolution_memory(std::move(weights), options.convolution_memory);
}

}  // namespace

const std::optional<PartSource>& ModelPaths::source(Part part) const {
  return part == Part::unet ? unet : part == Part::vae ? vae : text_encoder;
}

const PartSource& ModelPaths::require_unet() const {
  return require_part(unet, model, Part::unet, "; give a model folder, a model file or a run's checkpoint");
}
const PartSource& ModelPaths::require_vae() const { return require_part(vae, model, Part::vae, "; give one with --vae"); }
const PartSource& ModelPaths::require_text_encoder() const {
  return require_part(text_encoder, model, Part::text_encoder, "; give one with --text-encoder");
}

ModelPaths resolve_model(const fs::path& path, WeightsChoice choice, const PartOverrides& overrides) {
  const fs::path place = named_path(path);
  if (!fs::exists(place)) {
    fail(ErrorCode::not_found, "{}: there is no such model folder or file", place.string());
  }
  const bool checkpoint =
      fs::is_regular_file(place / "meta.json") && (is_part_folder(place / "unet") || is_part_folder(place / "unet_ema"));
  ModelPaths paths = !fs::is_directory(place) ? resolve_file(place, choice)
                     : checkpoint             ? resolve_checkpoint(place, choice, overrides)
                                              : resolve_folder(place, choice);
  if (overrides.vae) {
    paths.vae = part_at(*overrides.vae, Part::vae);
  }
  if (overrides.text_encoder) {
    paths.text_encoder = part_at(*overrides.text_encoder, Part::text_encoder);
  }
  return paths;
}

LoadedUNet load_unet(const PartSource& source, const LoadOptions& options) {
  LoadedUNet loaded{make_unet(read_unet_config(source)), {}};
  loaded.weights = read_part(loaded.model->layout(), source, Part::unet, options);
  return loaded;
}

LoadedVae load_vae(const PartSource& source, const LoadOptions& options) {
  LoadedVae loaded{std::make_unique<Vae>(read_vae_config(source)), {}};
  loaded.weights = read_part(loaded.model->layout(), source, Part::vae, options);
  return loaded;
}

LoadedTextEncoder load_text_encoder(const PartSource& source, const LoadOptions& options) {
  LoadedTextEncoder loaded{std::make_unique<ClipText>(read_text_encoder_config(source)), {}};
  loaded.weights = read_part(loaded.model->layout(), source, Part::text_encoder, options);
  return loaded;
}

ModelParts load_model(const ModelPaths& paths, const LoadOptions& options) { return load_model(paths, options, options.dtype); }

ModelParts load_model(const ModelPaths& paths, const LoadOptions& options, std::optional<torch::ScalarType> vae_dtype) {
  // All three are asked for before the first is read, so that a missing one shows at once.
  const PartSource& unet = paths.require_unet();
  const PartSource& vae = paths.require_vae();
  const PartSource& text = paths.require_text_encoder();
  LoadOptions vae_options = options;
  vae_options.dtype = vae_dtype;
  return {paths, load_unet(unet, options), load_vae(vae, vae_options), load_text_encoder(text, options)};
}

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
