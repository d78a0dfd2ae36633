// SPDX-License-Identifier: Apache-2.0
// Initial values are made one tensor at a time while the file is written: sd15 has 4.3 GB of them in fp32.
#include "core/model/model_writer.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/safetensors.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* diffusion_file = "diffusion_pytorch_model.safetensors";
constexpr const char* transformers_file = "model.safetensors";

/// Gives the tensor of slot i, of any float dtype, in file shape.
using WeightSource = std::function<torch::Tensor(size_t)>;

WeightSource from_weights(const Weights& weights) {
  return [&weights](size_t i) { return weights.at(i); };
}

WeightSource from_seed(const ParameterLayout& layout, uint64_t seed) {
  return [&layout, seed](size_t i) { return initial_values(layout.slot(static_cast<int>(i)), seed); };
}

const char* dtype_name(torch::ScalarType dtype) {
  return dtype == torch::kHalf ? "float16" : dtype == torch::kBFloat16 ? "bfloat16" : "float32";
}

void write_part(const fs::path& folder, const Json& config, const char* file, const ParameterLayout& layout, const WeightSource& source,
                torch::ScalarType dtype) {
  if (dtype != torch::kFloat32 && dtype != torch::kHalf && dtype != torch::kBFloat16) {
    throw std::invalid_argument(format("[write_part] dtype must be float32, float16 or bfloat16, got {}", c10::toString(dtype)));
  }
  fs::create_directories(folder);
  std::vector<TensorInfo> infos;
  infos.reserve(static_cast<size_t>(layout.size()));
  for (const ParameterSlot& slot : layout.all_slots()) {
    infos.push_back({slot.name, dtype, slot.shape});
  }
  write_safetensors(folder / file, infos, [&](size_t i) { return source(i).detach().to(torch::kCPU).to(dtype); });
  write_file_atomically(folder / "config.json", config.dump(2) + "\n");
}

void write_text_part(const fs::path& folder, const ClipText& model, const WeightSource& source, torch::ScalarType dtype) {
  Json config = to_json(model.config());
  config["torch_dtype"] = dtype_name(dtype);
  write_part(folder, config, transformers_file, model.layout(), source, dtype);
}

Json model_index(const UNetConfig& unet, std::string_view scheduler_class) {
  // "tokenizer": the CLIP vocabulary is the pipeline's own business; feature extractor and safety checker are not used here.
  return {{"_class_name", "StableDiffusionPipeline"},
          {"feature_extractor", {nullptr, nullptr}},
          {"requires_safety_checker", false},
          {"safety_checker", {nullptr, nullptr}},
          {"scheduler", {"diffusers", scheduler_class}},
          {"text_encoder", {"transformers", "CLIPTextModel"}},
          {"unet",
           {unet.layout == UNetLayout::scratch ? "darkroom" : "diffusers",
            unet.layout == UNetLayout::scratch ? "DarkroomScratchUNet" : "UNet2DConditionModel"}},
          {"vae", {"diffusers", "AutoencoderKL"}}};
}

void require_free(const fs::path& out) {
  if (fs::exists(out) && !(fs::is_directory(out) && fs::is_empty(out))) {
    fail(ErrorCode::busy, "{}: exists already; give another folder, or remove it", out.string());
  }
}

struct PartSources {
  const UNetModel& unet;
  const Vae& vae;
  const ClipText& text;
  WeightSource unet_weights, vae_weights, text_weights;
  Json scheduler;
};

void write_all(const fs::path& out, const PartSources& parts, torch::ScalarType dtype) {
  require_free(out);
  const fs::path target = fs::absolute(out).lexically_normal();
  const fs::path clean = target.has_filename() ? target : target.parent_path();
  fs::path partial = clean;
  partial += ".tmp";
  try {
    fs::remove_all(partial);  // of an interrupted write
    fs::create_directories(partial);
    write_part(partial / "unet", to_json(parts.unet.config()), diffusion_file, parts.unet.layout(), parts.unet_weights, dtype);
    write_part(partial / "vae", to_json(parts.vae.config()), diffusion_file, parts.vae.layout(), parts.vae_weights, dtype);
    write_text_part(partial / "text_encoder", parts.text, parts.text_weights, dtype);
    fs::create_directories(partial / "scheduler");
    write_file_atomically(partial / "scheduler" / "scheduler_config.json", parts.scheduler.dump(2) + "\n");
    const std::string scheduler_class = parts.scheduler.value("_class_name", "DDIMScheduler");
    write_file_atomically(partial / "model_index.json", model_index(parts.unet.config(), scheduler_class).dump(2) + "\n");
    sync_directory(partial);
    require_free(out);
    fs::remove(clean);
    rename_durably(partial, clean);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
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

void write_unet(const fs::path& folder, const UNetModel& model, const Weights& weights, torch::ScalarType dtype) {
  write_part(folder, to_json(model.config()), diffusion_file, model.layout(), from_weights(weights), dtype);
}

void write_vae(const fs::path& folder, const Vae& model, const Weights& weights, torch::ScalarType dtype) {
  write_part(folder, to_json(model.config()), diffusion_file, model.layout(), from_weights(weights), dtype);
}

void write_text_encoder(const fs::path& folder, const ClipText& model, const Weights& weights, torch::ScalarType dtype) {
  write_text_part(folder, model, from_weights(weights), dtype);
}

void write_model_folder(const fs::path& out, const ModelParts& parts, torch::ScalarType dtype) {
  write_all(out,
            {*parts.unet.model, *parts.vae.model, *parts.text.model, from_weights(parts.unet.weights), from_weights(parts.vae.weights),
             from_weights(parts.text.weights), parts.paths.scheduler},
            dtype);
}

Json training_scheduler_config(std::string_view prediction_type) {
  return {{"_class_name", "DDIMScheduler"},
          {"beta_end", 0.012},
          {"beta_schedule", "scaled_linear"},
          {"beta_start", 0.00085},
          {"clip_sample", false},
          {"num_train_timesteps", 1000},
          {"prediction_type", prediction_type},
          {"set_alpha_to_one", false},
          {"steps_offset", 1},
          {"timestep_spacing", "leading"},
          {"trained_betas", nullptr}};
}

void init_model(std::string_view layout, uint64_t seed, const fs::path& out, torch::ScalarType dtype) {
  const Configs configs = configs_of(layout);
  const std::unique_ptr<UNetModel> unet = make_unet(configs.unet);
  const Vae vae(configs.vae);
  const ClipText text(configs.text);
  write_all(
      out,
      {*unet, vae, text, from_seed(unet->layout(), seed), from_seed(vae.layout(), seed), from_seed(text.layout(), seed), configs.scheduler},
      dtype);
}

}  // namespace darkroom
