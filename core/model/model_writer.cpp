// SPDX-License-Identifier: Apache-2.0
// Initial values are made one tensor at a time while the file is written: sd15 has 4.3 GB of them in fp32.
#include "core/model/model_writer.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/safetensors.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* diffusion_file = "diffusion_pytorch_model.safetensors";
constexpr const char* transformers_file = "model.safetensors";

const char* dtype_name(torch::ScalarType dtype) {
  return dtype == torch::kHalf ? "float16" : dtype == torch::kBFloat16 ? "bfloat16" : "float32";
}

// A part whose tensors come from `source` by slot, in any float dtype.
PartContent part_content(Part part, Json config, const ParameterLayout& layout, std::function<torch::Tensor(size_t)> source,
                         torch::ScalarType dtype) {
  if (dtype != torch::kFloat32 && dtype != torch::kHalf && dtype != torch::kBFloat16) {
    throw std::invalid_argument(format("[write_part] dtype must be float32, float16 or bfloat16, got {}", c10::toString(dtype)));
  }
  PartContent content{
      part, std::move(config), {}, [source = std::move(source), dtype](size_t i) { return source(i).detach().to(torch::kCPU).to(dtype); }};
  content.tensors.reserve(static_cast<size_t>(layout.size()));
  for (const ParameterSlot& slot : layout.all_slots()) {
    content.tensors.push_back({slot.name, dtype, slot.shape});
  }
  return content;
}

std::function<torch::Tensor(size_t)> from_weights(const Weights& weights) {
  return [&weights](size_t i) { return weights.at(i); };
}

std::function<torch::Tensor(size_t)> from_seed(const ParameterLayout& layout, uint64_t seed) {
  return [&layout, seed](size_t i) { return initial_values(layout.slot(static_cast<int>(i)), seed); };
}

Json model_index(const Json& unet, std::string_view scheduler_class) {
  const bool scratch = unet.value("_class_name", "") == "DarkroomScratchUNet";
  // "tokenizer": the CLIP vocabulary is the pipeline's own business; feature extractor and safety checker are not used here.
  return {{"_class_name", "StableDiffusionPipeline"},
          {"feature_extractor", {nullptr, nullptr}},
          {"requires_safety_checker", false},
          {"safety_checker", {nullptr, nullptr}},
          {"scheduler", {"diffusers", scheduler_class}},
          {"text_encoder", {"transformers", "CLIPTextModel"}},
          {"unet", {scratch ? "darkroom" : "diffusers", scratch ? "DarkroomScratchUNet" : "UNet2DConditionModel"}},
          {"vae", {"diffusers", "AutoencoderKL"}}};
}

bool is_model_folder(const fs::path& folder) {
  return fs::exists(folder / "model_index.json") || is_part_folder(folder) ||
         std::any_of(std::begin(all_parts), std::end(all_parts), [&](Part part) { return is_part_folder(folder / part_name(part)); });
}

// Puts the finished folder into its place. What was there goes last: a crash in between leaves it as `<target>.replaced`.
void put_in_place(const fs::path& partial, const fs::path& target) {
  fs::path former = target;
  former += ".replaced";
  const bool replaces = fs::exists(target) && !fs::is_empty(target);
  if (replaces) {
    fs::remove_all(former);
    rename_durably(target, former);
  } else {
    fs::remove(target);
  }
  rename_durably(partial, target);
  if (replaces) {
    fs::remove_all(former);
  }
}

struct Configs {
  UNetConfig unet;
  VaeConfig vae;
  ClipTextConfig text;
  Json scheduler;
};

Configs pocket_configs() {
  const auto read = [](const char* file) {
    const fs::path path = resource_path("pocket") / file;
    return std::pair(read_json_file(path), path.string());
  };
  const auto [unet, unet_file] = read("unet/config.json");
  const auto [vae, vae_file] = read("vae/config.json");
  const auto [text, text_file] = read("text_encoder/config.json");
  const fs::path scheduler = resource_path("pocket") / "scheduler" / "scheduler_config.json";
  return {unet_config_from_json(unet, unet_file), vae_config_from_json(vae, vae_file), clip_text_config_from_json(text, text_file),
          fs::is_regular_file(scheduler) ? read_json_file(scheduler) : training_scheduler_config()};
}

Configs configs_of(std::string_view layout) {
  if (layout == "pocket") {
    return pocket_configs();
  }
  if (layout != "sd15" && layout != "scratch") {
    fail(ErrorCode::usage, "\"{}\" is no layout; expected sd15, scratch or pocket", layout);
  }
  return {layout == "sd15" ? sd15_unet_config() : scratch_unet_config(), sd15_vae_config(), sd15_clip_text_config(),
          training_scheduler_config()};
}

}  // namespace

torch::ScalarType dtype_from_name(std::string_view name) {
  if (name == "fp32") {
    return torch::kFloat32;
  }
  if (name == "fp16") {
    return torch::kFloat16;
  }
  if (name == "bf16") {
    return torch::kBFloat16;
  }
  throw std::invalid_argument(format("[dtype_from_name] expected fp32, fp16 or bf16, got {}", name));
}

std::string_view short_dtype_name(torch::ScalarType dtype) {
  for (const std::string_view name : {"fp32", "fp16", "bf16"}) {
    if (dtype_from_name(name) == dtype) {
      return name;
    }
  }
  throw std::invalid_argument(format("[short_dtype_name] expected float32, float16 or bfloat16, got {}", c10::toString(dtype)));
}

void write_part(const fs::path& folder, const PartContent& content) {
  fs::create_directories(folder);
  const bool text = content.part == Part::text_encoder;
  Json config = content.config;
  if (text && !content.tensors.empty()) {
    config["torch_dtype"] = dtype_name(content.tensors.front().dtype);
  }
  write_safetensors(folder / (text ? transformers_file : diffusion_file), content.tensors, content.make);
  write_file_atomically(folder / "config.json", config.dump(2) + "\n");
}

void write_unet(const fs::path& folder, const UNetModel& model, const Weights& weights, torch::ScalarType dtype) {
  write_part(folder, part_content(Part::unet, to_json(model.config()), model.layout(), from_weights(weights), dtype));
}

void write_vae(const fs::path& folder, const Vae& model, const Weights& weights, torch::ScalarType dtype) {
  write_part(folder, part_content(Part::vae, to_json(model.config()), model.layout(), from_weights(weights), dtype));
}

void write_text_encoder(const fs::path& folder, const ClipText& model, const Weights& weights, torch::ScalarType dtype) {
  write_part(folder, part_content(Part::text_encoder, to_json(model.config()), model.layout(), from_weights(weights), dtype));
}

void require_free(const fs::path& out, Existing existing) {
  if (!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out))) {
    return;
  }
  if (existing == Existing::keep) {
    fail(ErrorCode::busy, "{}: exists already; give another name, or remove it", out.string());
  }
  if (fs::is_directory(out) && !is_model_folder(out)) {
    fail(ErrorCode::busy, "{}: is a folder with something else than a model in it; it is not replaced", out.string());
  }
}

void write_model_folder(const fs::path& out, const std::vector<PartContent>& parts, const Json& scheduler, Existing existing) {
  require_free(out, existing);
  if (fs::is_regular_file(out)) {
    fail(ErrorCode::busy, "{}: is a file; a folder cannot take its place", out.string());
  }
  const fs::path target = fs::absolute(out).lexically_normal();
  const fs::path clean = target.has_filename() ? target : target.parent_path();
  fs::path partial = clean;
  partial += ".tmp";
  try {
    fs::remove_all(partial);  // of an interrupted write
    fs::create_directories(partial);
    const Json* unet = nullptr;
    for (const PartContent& content : parts) {
      write_part(partial / part_name(content.part), content);
      unet = content.part == Part::unet ? &content.config : unet;
    }
    fs::create_directories(partial / "scheduler");
    write_file_atomically(partial / "scheduler" / "scheduler_config.json", scheduler.dump(2) + "\n");
    if (parts.size() == std::size(all_parts) && unet != nullptr) {
      write_file_atomically(partial / "model_index.json",
                            model_index(*unet, scheduler.value("_class_name", "DDIMScheduler")).dump(2) + "\n");
    }
    sync_directory(partial);
    require_free(out, existing);
    put_in_place(partial, clean);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
}

void write_model_folder(const fs::path& out, const ModelParts& parts, torch::ScalarType dtype) {
  const UNetModel& unet = *parts.unet.model;
  write_model_folder(
      out,
      {part_content(Part::unet, to_json(unet.config()), unet.layout(), from_weights(parts.unet.weights), dtype),
       part_content(Part::vae, to_json(parts.vae.model->config()), parts.vae.model->layout(), from_weights(parts.vae.weights), dtype),
       part_content(Part::text_encoder, to_json(parts.text.model->config()), parts.text.model->layout(), from_weights(parts.text.weights),
                    dtype)},
      parts.paths.scheduler);
}

Json training_scheduler_config(std::string_view prediction_type, TerminalSnr terminal) {
  constexpr int train_steps = 1000;
  if (prediction_type == "flow") {
    return {{"_class_name", "FlowMatchEulerDiscreteScheduler"},
            {"num_train_timesteps", train_steps},
            {"prediction_type", prediction_type},
            {"set_alpha_to_one", true},
            {"shift", 1.0},
            {"timestep_spacing", "trailing"}};
  }
  Json config{{"_class_name", "DDIMScheduler"},
              {"beta_end", 0.012},
              {"beta_schedule", "scaled_linear"},
              {"beta_start", 0.00085},
              {"clip_sample", false},
              {"num_train_timesteps", train_steps},
              {"prediction_type", prediction_type},
              {"set_alpha_to_one", false},
              {"steps_offset", 1},
              {"timestep_spacing", "leading"},
              {"trained_betas", nullptr}};
  if (terminal == TerminalSnr::zero) {
    config["rescale_betas_zero_snr"] = true;
    config["timestep_spacing"] = "trailing";
  }
  return config;
}

void init_model(std::string_view layout, uint64_t seed, const fs::path& out, torch::ScalarType dtype) {
  const Configs configs = configs_of(layout);
  const std::unique_ptr<UNetModel> unet = make_unet(configs.unet);
  const Vae vae(configs.vae);
  const ClipText text(configs.text);
  write_model_folder(out,
                     {part_content(Part::unet, to_json(configs.unet), unet->layout(), from_seed(unet->layout(), seed), dtype),
                      part_content(Part::vae, to_json(configs.vae), vae.layout(), from_seed(vae.layout(), seed), dtype),
                      part_content(Part::text_encoder, to_json(configs.text), text.layout(), from_seed(text.layout(), seed), dtype)},
                     configs.scheduler);
}

}  // namespace darkroom
