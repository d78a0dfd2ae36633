// SPDX-License-Identifier: Apache-2.0
// Reads headers only: a model of 12 GB takes as long as one of 12 MB.
#include <algorithm>
#include <array>

#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/torch_archive.h"
#include "core/diffusion/prediction.h"
#include "core/engine/commands.h"
#include "core/model/hash_cache.h"
#include "core/model/model_file.h"
#include "core/model/model_folder.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

struct InspectArguments {
  std::string path;
  bool hash = false;
};

constexpr std::array<std::string_view, 5> weight_suffixes = {".safetensors", ".bin", ".pt", ".ckpt", ".pth"};

std::vector<fs::path> tensor_files(const fs::path& path) {
  if (fs::is_regular_file(path)) {
    return {path};
  }
  if (!fs::is_directory(path)) {
    fail(ErrorCode::not_found, "{}: there is no such file or folder", path.string());
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    const std::string suffix = entry.path().extension().string();
    if (entry.is_regular_file() && std::find(weight_suffixes.begin(), weight_suffixes.end(), suffix) != weight_suffixes.end()) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no {} file; expected a model folder or a file of weights", path.string(),
         fmt::join(weight_suffixes, " or "));
  }
  return files;
}

// What the folder is, by its config.json.
Json class_of_folder(const fs::path& folder) {
  if (!is_part_folder(folder)) {
    return nullptr;
  }
  const Json json = read_json_file(folder / "config.json");
  if (!json.is_object()) {
    return nullptr;
  }
  const auto architectures = json.find("architectures");
  const bool listed =
      architectures != json.end() && architectures->is_array() && !architectures->empty() && architectures->front().is_string();
  const std::string name = json.value("_class_name", listed ? architectures->front().get<std::string>() : "");
  return name.empty() ? Json(nullptr) : Json(name);
}

// What a torch file holds beside its tensors, at the top.
Json scalars_of(const TorchArchive& archive) {
  Json scalars = Json::object();
  const ArchiveValue root = archive.root();
  for (size_t i = 0; i < root.size() && root.kind() == ArchiveKind::dict; ++i) {
    const ArchiveValue value = root[i];
    const std::string name = root.key(i).spelling();
    if (value.kind() == ArchiveKind::integer) {
      scalars[name] = *value.integer();
    } else if (value.kind() == ArchiveKind::real) {
      scalars[name] = *value.real();
    } else if (value.kind() == ArchiveKind::string) {
      scalars[name] = std::string(*value.text());
    }
  }
  return scalars;
}

Json describe_part(Part part, const PartSource& source, bool hash) {
  Json entry{{"part", part_name(part)}, {"source", source.path.string()}};
  if (part == Part::unet) {
    const UNetConfig config = read_unet_config(source);
    entry["layout"] = config.layout == UNetLayout::scratch ? "scratch" : "diffusers";
    entry["parameters"] = make_unet(config)->layout().parameter_count();
    entry["config"] = to_json(config);
  } else if (part == Part::vae) {
    const VaeConfig config = read_vae_config(source);
    entry["parameters"] = Vae(config).layout().parameter_count();
    entry["config"] = to_json(config);
  } else {
    const ClipTextConfig config = read_text_encoder_config(source);
    entry["parameters"] = ClipText(config).layout().parameter_count();
    entry["config"] = to_json(config);
  }
  if (hash) {
    entry["hash"] = part_hash(source);
  }
  return entry;
}

// The model as the engine would load it, or why it would not.
Json describe_model(const fs::path& path, bool hash) {
  Json model = Json::object();
  try {
    const ModelPaths paths = resolve_model(path);
    model["layout"] = fs::is_regular_file(path) ? ModelFile(path).layout() : paths.weights_used == "model" ? "diffusers" : "checkpoint";
    model["weights"] = paths.weights_used;
    model["prediction"] = prediction_name(prediction_of_scheduler(paths.scheduler));
    model["zero_terminal_snr"] = paths.scheduler.is_object() && paths.scheduler.value("rescale_betas_zero_snr", false);
    Json parts = Json::array();
    for (const Part part : all_parts) {
      if (const std::optional<PartSource>& source = paths.source(part)) {
        parts.push_back(describe_part(part, *source, hash));
      }
    }
    model["parts"] = std::move(parts);
    if (hash && paths.unet) {
      constexpr size_t shown_digits = 10;
      model["model_hash"] = part_sha256(*paths.unet).substr(0, shown_digits);
    }
  } catch (const Error& error) {
    model = {{"problem", error.what()}};  // tensors are still worth seeing
  }
  return model;
}

void say_model(const Json& model, CommandContext& context) {
  if (model.contains("problem")) {
    context.output.say(format("No model to load: {}", model["problem"].get<std::string>()));
    return;
  }
  context.output.say(format("layout {}, prediction {}{}, weights {}", model["layout"].get<std::string>(),
                            model["prediction"].get<std::string>(), model["zero_terminal_snr"].get<bool>() ? " with zero terminal SNR" : "",
                            model["weights"].get<std::string>()));
  if (model.contains("model_hash")) {
    context.output.say(format("  hash in pictures {}", model["model_hash"].get<std::string>()));
  }
  for (const Json& part : model["parts"]) {
    context.output.say(format("  {:<13} {} parameters{}{}{}", part["part"].get<std::string>(), part["parameters"].get<int64_t>(),
                              part.contains("layout") ? ", layout " + part["layout"].get<std::string>() : "",
                              part.contains("hash") ? ", hash " : "", part.value("hash", "")));
  }
}

Json hashes_of(const fs::path& path, bool safetensors) {
  constexpr size_t lora_digits = 12;
  Json hashes{{"sha256", model_sha256(path)}, {"model_hash", model_short_hash(path)}};
  if (safetensors) {
    hashes["lora_hash"] = tensor_data_sha256(path).substr(0, lora_digits);
  }
  return hashes;
}

Json describe_file(const fs::path& path, bool hash, CommandContext& context) {
  const WeightFiles file(path);
  const Json layout = class_of_folder(path.parent_path());
  const std::vector<TensorInfo> infos = file.tensors();
  context.output.say(
      format("{}  {}  {} tensors, {}", path.string(), layout.is_string() ? layout.get<std::string>() : "", infos.size(), file.format()));
  Json tensors = Json::array();
  int64_t parameters = 0;
  for (const TensorInfo& info : infos) {
    parameters += info.numel();
    const std::string dtype = safetensors_dtype_name(info.dtype);
    tensors.push_back({{"name", info.name}, {"dtype", dtype}, {"shape", info.shape}});
    context.output.say(format("  {:<5} [{}]  {}", dtype, fmt::join(info.shape, ","), info.name));
  }
  Json entry{{"file", path.string()},    {"format", file.format()},     {"layout", layout},
             {"parameters", parameters}, {"metadata", file.metadata()}, {"tensors", tensors}};
  if (const TorchArchive* archive = file.archive()) {
    entry["scalars"] = scalars_of(*archive);
    context.output.say(format("  besides: {}", entry["scalars"].dump()));
  }
  for (const auto& [key, value] : file.metadata()) {
    context.output.say(format("  {}: {}", key, value));
  }
  if (hash) {
    entry.update(hashes_of(path, file.format() == "safetensors"));
    context.output.say(format("  sha256 {}", entry["sha256"].get<std::string>()));
    if (layout.is_string()) {
      entry["hash"] = part_hash(PartSource(path.parent_path()));
      context.output.say(format("  hash {}", entry["hash"].get<std::string>()));
    }
  }
  return entry;
}

void inspect(const InspectArguments& options, CommandContext& context) {
  const fs::path path = options.path == "pocket" ? resource_path("pocket") : fs::path(options.path);
  Json files = Json::array();
  int64_t parameters = 0;
  for (const fs::path& file : tensor_files(path)) {
    files.push_back(describe_file(file, options.hash, context));
    parameters += files.back()["parameters"].get<int64_t>();
  }
  const Json model = describe_model(path, options.hash);
  say_model(model, context);
  context.output.done({{"path", options.path}, {"parameters", parameters}, {"model", model}, {"files", files}},
                      format("{} numbers in all", parameters));
}

}  // namespace

void add_inspect_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<InspectArguments>();
  CLI::App* command = add_command(app, context, "inspect", "Tensors, metadata and layout of a model, from its headers alone");
  command->add_option("path", options->path, "A file (safetensors, .ckpt, .pt, .bin), a model folder, or a run's checkpoint")->required();
  command->add_flag("--hash", options->hash, "Also the hashes of files (SHA-256) and parts (XXH3-128); reads all weights");
  command->callback([&context, options] { context.action = [&context, options] { inspect(*options, context); }; });
}

}  // namespace darkroom
