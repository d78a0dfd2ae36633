// SPDX-License-Identifier: Apache-2.0
// source  AUTOMATIC1111 stable-diffusion-webui 1.10: keys, their order and when they are left out, as facts. Nothing is escaped in prompts
//         there. "CFG Rescale" is the key of its extensions for that.
#include <utility>

#include "core/base/format.h"
#include "core/image/image_metadata.h"
#include "core/image/sampler_names.h"

namespace darkroom {
namespace {

constexpr size_t shown_hash_digits = 10;

std::string stem_of(const std::string& path) { return std::filesystem::path(path).stem().string(); }

// A file's name without the ending that says that it is weights; a folder's name may hold dots of its own.
std::string model_label(const std::string& name) {
  for (const std::string_view ending : {".safetensors", ".ckpt", ".pt"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return name;
}

std::string with_quotes(const std::string& value) {
  const bool plain = value.find_first_of(",:\n") == std::string::npos && value.find_first_of("\" \t\r") != 0;
  return plain ? value : Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string hash_list(const std::vector<FileHash>& hashes) {
  std::string text;
  for (const FileHash& hash : hashes) {
    std::string name = hash.name;
    std::erase_if(name, [](char c) { return c == ',' || c == ':'; });  // as A1111 does: the list has no escapes
    text += format("{}{}: {}", text.empty() ? "" : ", ", name, hash.hash);
  }
  return text;
}

std::string emphasis_label(const GenerateOptions& options) {
  if (options.prompt_syntax == "plain") {
    return "None";
  }
  return options.emphasis == "no_norm" ? "No norm" : options.emphasis == "none" ? "Ignore" : options.emphasis == "comfy" ? "Comfy" : "";
}

std::string schedule_label(const GenerateOptions& options) {
  if (!options.schedule || (*options.schedule == "default" && options.sampler && automatic_schedule(*options.sampler) == "default")) {
    return {};
  }
  return a1111_schedule_label(*options.schedule);
}

class SettingsLine {
 public:
  void add(std::string_view key, const std::string& value) {
    if (!value.empty()) {
      line_ += format("{}{}: {}", line_.empty() ? "" : ", ", key, with_quotes(value));
    }
  }
  template <typename Value>
  void add_when(bool said, std::string_view key, const Value& value) {
    if (said) {
      add(key, format("{}", value));
    }
  }
  const std::string& text() const { return line_; }

 private:
  std::string line_;
};

}  // namespace

std::string a1111_parameters(const GenerationRecord& record) {
  const GenerateOptions& options = record.options;
  const bool from_image = !options.init_image.empty();
  const bool hires = options.hires_scale.has_value();
  const auto variation_seed = record.image_variation_seed();
  SettingsLine line;
  line.add_when(options.steps.has_value(), "Steps", options.steps.value_or(0));
  line.add("Sampler", record.sampler_label.empty() ? a1111_sampler_label(options.sampler.value_or("")) : record.sampler_label);
  line.add("Schedule type", schedule_label(options));
  line.add_when(true, "CFG scale", options.cfg_scale);
  line.add_when(true, "Seed", record.image_seed());
  line.add("Size", options.width && options.height ? format("{}x{}", *options.width, *options.height) : "");
  line.add("Model hash", record.model_hash.substr(0, shown_hash_digits));
  line.add("Model", model_label(record.model_name));
  line.add("VAE hash", record.vae_hash.substr(0, shown_hash_digits));
  line.add("VAE", stem_of(options.vae));
  line.add_when(variation_seed.has_value(), "Variation seed", variation_seed.value_or(0));
  line.add_when(variation_seed.has_value(), "Variation seed strength", options.variation_strength);
  line.add_when(from_image || hires, "Denoising strength", from_image ? options.strength : options.hires_strength);
  line.add_when(options.clip_skip > 1, "Clip skip", options.clip_skip);
  line.add("RNG", "CPU");
  line.add_when(!options.mask.empty(), "Mask blur", options.mask_blur);
  line.add_when(hires, "Hires upscale", options.hires_scale.value_or(0));
  line.add_when(hires && options.hires_steps.has_value(), "Hires steps", options.hires_steps.value_or(0));
  line.add("Hires upscaler", hires ? record.hires_upscaler : "");
  line.add_when(hires && from_image, "Hires denoising strength", options.hires_strength);
  line.add("Lora hashes", hash_list(record.lora_hashes));
  line.add("TI hashes", hash_list(record.embedding_hashes));
  line.add("Emphasis", emphasis_label(options));
  line.add_when(options.eta != 0, options.sampler == "ddim" ? "Eta DDIM" : "Eta", options.eta);
  line.add_when(options.cfg_rescale != 0, "CFG Rescale", options.cfg_rescale);
  line.add("Version", "Darkroom " + record.version);

  std::string text = options.prompt;
  for (const LoraUse& lora : options.loras) {
    const std::string text_scale = lora.text_scale ? format(":{}", *lora.text_scale) : "";  // that of the text encoder comes first there
    text += format("{}<lora:{}{}:{}>", text.empty() ? "" : " ", stem_of(lora.path), text_scale, lora.scale);
  }
  if (!options.negative.empty()) {
    text += format("\nNegative prompt: {}", options.negative);
  }
  return text + '\n' + line.text();
}

}  // namespace darkroom
