// SPDX-License-Identifier: Apache-2.0
// source  InvokeAI 5, SwarmUI 0.9 (docs/Image Metadata Format.md), Fooocus 2.5 and NovelAI's pictures: keys and their meaning, as facts
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/format.h"
#include "core/recipe/importers.h"
#include "core/recipe/settings_builder.h"

namespace darkroom {
namespace {

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

std::string text_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value == nullptr || value->is_null() ? std::string() : value->is_string() ? value->get<std::string>() : value->dump();
}

double number_of(const Json& value, double otherwise) {
  if (value.is_number()) {
    return value.get<double>();
  }
  double number = otherwise;
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

// The options that need no thought: {our name, theirs}.
template <size_t count>
void take(SettingsBuilder& builder, const Json& object, const std::array<std::array<std::string_view, 2>, count>& names) {
  for (const auto& [option, key] : names) {
    builder.set(option, key, member(object, key));
  }
}

bool says_something(const Json* value) {
  return value != nullptr && !value->is_null() && *value != false && *value != "" && *value != "None" &&
         !(value->is_array() && value->empty());
}

template <size_t count>
void note_others(SettingsBuilder& builder, const Json& object, const std::array<std::string_view, count>& keys) {
  for (const std::string_view key : keys) {
    if (says_something(member(object, key))) {
      builder.note(key, "Darkroom has no such setting");
    }
  }
}

// A JSON list of texts, or one text with commas, as SwarmUI writes either.
std::vector<std::string> list_of(const Json* value) {
  std::vector<std::string> entries;
  if (value != nullptr && value->is_array()) {
    for (const Json& entry : *value) {
      entries.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
    }
  } else if (value != nullptr && value->is_string()) {
    const std::string text = value->get<std::string>();
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find(',', at), text.size());
      const size_t begin = std::min(text.find_first_not_of(' ', at), end);
      entries.push_back(text.substr(begin, end - begin));
      at = end + 1;
    }
  }
  return entries;
}

// InvokeAI 3 said {"model_name": …}, later ones {"name": …, "hash": "blake3:…"}.
NamedFile invokeai_file(const Json* model) {
  if (model == nullptr || !model->is_object()) {
    return {};
  }
  const std::string name = text_at(*model, "name");
  return {name.empty() ? text_at(*model, "model_name") : name, text_at(*model, "hash"), 1, {}};
}

}  // namespace

ImportedSettings import_invokeai(const Json& metadata) {
  SettingsBuilder builder(RecipeSource::invokeai);
  take(builder, metadata,
       std::to_array<std::array<std::string_view, 2>>({{"prompt", "positive_prompt"},
                                                       {"negative", "negative_prompt"},
                                                       {"width", "width"},
                                                       {"height", "height"},
                                                       {"seed", "seed"},
                                                       {"steps", "steps"},
                                                       {"cfg_scale", "cfg_scale"},
                                                       {"cfg_rescale", "cfg_rescale_multiplier"}}));
  if (const std::string scheduler = text_at(metadata, "scheduler"); !scheduler.empty()) {
    builder.set_sampler("scheduler", scheduler);
    if (builder.has("sampler") && !builder.has("schedule")) {
      builder.set("schedule", "scheduler", "default");  // diffusers' schedulers keep their own spacing
    }
  }
  if (const Json* skipped = member(metadata, "clip_skip"); skipped != nullptr && skipped->is_number()) {
    builder.set("clip_skip", "clip_skip", skipped->get<double>() + 1);  // counted from 0 there
  }
  if (text_at(metadata, "generation_mode").find("img2img") != std::string::npos || says_something(member(metadata, "init_image"))) {
    builder.set("strength", "strength", member(metadata, "strength"));
    builder.note("generation_mode", "the picture began with another one, which it does not hold: choose the start picture");
  }
  if (const std::string device = text_at(metadata, "rand_device"); !device.empty() && device != "cpu") {
    builder.note("rand_device", "the noise was drawn on the graphics card, where the same seed gives other numbers than here");
  }
  ImportedSettings& settings = builder.settings();
  const Json* model = member(metadata, "model");
  settings.model = invokeai_file(model);
  if (const std::string base = model == nullptr ? "" : text_at(*model, "base"); !base.empty() && base != "sd-1") {
    builder.note("model", format("the model is of the kind {}, which Darkroom does not draw with", base));
  }
  settings.vae = invokeai_file(member(metadata, "vae"));
  if (const Json* loras = member(metadata, "loras"); loras != nullptr && loras->is_array()) {
    for (const Json& entry : *loras) {
      const Json* file = member(entry, "model");
      NamedFile lora = invokeai_file(file != nullptr ? file : member(entry, "lora"));
      const Json* weight = member(entry, "weight");
      lora.scale = weight == nullptr ? 1 : number_of(*weight, 1);
      settings.loras.push_back(lora);
    }
  }
  const std::string prompt = text_at(metadata, "positive_prompt") + text_at(metadata, "negative_prompt");
  if (prompt.find(")+") != std::string::npos || prompt.find(")-") != std::string::npos || prompt.find("++") != std::string::npos ||
      prompt.find(".blend(") != std::string::npos || prompt.find(".and(") != std::string::npos) {
    builder.note("positive_prompt", "InvokeAI writes weights as word+ and (words)1.2; they stand in the prompt and are not read here");
  }
  note_others(builder, metadata,
              std::to_array<std::string_view>({"seamless_x", "seamless_y", "refiner_model", "controlnets", "controlLayers",
                                               "control_layers", "ipAdapters", "t2iAdapters", "hrf_enabled", "regions"}));
  return settings;
}

ImportedSettings import_swarmui(const Json& parameters) {
  SettingsBuilder builder(RecipeSource::swarmui);
  take(builder, parameters,
       std::to_array<std::array<std::string_view, 2>>({{"prompt", "prompt"},
                                                       {"negative", "negativeprompt"},
                                                       {"seed", "seed"},
                                                       {"steps", "steps"},
                                                       {"cfg_scale", "cfgscale"},
                                                       {"width", "width"},
                                                       {"height", "height"},
                                                       {"variation_seed", "variationseed"},
                                                       {"variation_strength", "variationseedstrength"}}));
  builder.set("emphasis", "prompt", "comfy");
  if (const std::string sampler = text_at(parameters, "sampler"); !sampler.empty()) {
    builder.set_sampler("sampler", sampler);
  }
  if (const std::string scheduler = text_at(parameters, "scheduler"); !scheduler.empty()) {
    builder.set_schedule("scheduler", scheduler);
  }
  if (const Json* layer = member(parameters, "clipstopatlayer")) {
    builder.set("clip_skip", "clipstopatlayer", std::abs(number_of(*layer, 1)));
  }
  if (says_something(member(parameters, "initimage")) || says_something(member(parameters, "initimagecreativity"))) {
    builder.set("strength", "initimagecreativity", member(parameters, "initimagecreativity"));
    builder.note("initimagecreativity", "the picture began with another one, which it does not hold: choose the start picture");
  }
  const Json* upscale = member(parameters, "refinerupscale");
  if (upscale != nullptr && number_of(*upscale, 1) > 1) {
    builder.set("hires_scale", "refinerupscale", upscale);
    builder.set("hires_steps", "refinersteps", member(parameters, "refinersteps"));
    builder.set("hires_strength", "refinercontrolpercentage", member(parameters, "refinercontrolpercentage"));
  }
  ImportedSettings& settings = builder.settings();
  settings.model.name = text_at(parameters, "model");
  const std::string vae = text_at(parameters, "vae");
  settings.vae.name = vae == "Automatic" || vae == "None" ? "" : vae;
  const std::vector<std::string> weights = list_of(member(parameters, "loraweights"));
  for (const std::string& name : list_of(member(parameters, "loras"))) {
    const size_t index = settings.loras.size();
    settings.loras.push_back({name, {}, index < weights.size() ? number_of(Json(weights[index]), 1) : 1, {}});
  }
  if (text_at(parameters, "prompt").find('<') != std::string::npos) {
    builder.note("prompt", "SwarmUI's words between < and > are not read here");
  }
  note_others(builder, parameters,
              std::to_array<std::string_view>({"refinermodel", "controlnetmodel", "controlnettwomodel", "controlnetthreemodel",
                                               "seamlesstileable", "freeuapplyto", "videomodel", "maskimage", "batchsize"}));
  return settings;
}

ImportedSettings import_fooocus(const Json& metadata) {
  SettingsBuilder builder(RecipeSource::fooocus);
  take(builder, metadata,
       std::to_array<std::array<std::string_view, 2>>({{"prompt", "prompt"},
                                                       {"negative", "negative_prompt"},
                                                       {"seed", "seed"},
                                                       {"steps", "steps"},
                                                       {"cfg_scale", "guidance_scale"},
                                                       {"clip_skip", "clip_skip"}}));
  if (const std::string sampler = text_at(metadata, "sampler"); !sampler.empty()) {
    builder.set_sampler("sampler", sampler);
  }
  if (const std::string scheduler = text_at(metadata, "scheduler"); !scheduler.empty()) {
    builder.set_schedule("scheduler", scheduler);
  }
  // "(1152, 896)"
  const std::string resolution = text_at(metadata, "resolution");
  if (const size_t comma = resolution.find(','); resolution.starts_with('(') && comma != std::string::npos) {
    builder.set("width", "resolution", resolution.substr(1, comma - 1));
    builder.set("height", "resolution", resolution.substr(comma + 1, resolution.find(')') - comma - 1));
  }
  ImportedSettings& settings = builder.settings();
  settings.model = {text_at(metadata, "base_model"), text_at(metadata, "base_model_hash"), 1, {}};
  const std::string vae = text_at(metadata, "vae");
  settings.vae.name = vae.starts_with("Default") ? "" : vae;
  if (const Json* loras = member(metadata, "loras"); loras != nullptr && loras->is_array()) {
    for (const Json& entry : *loras) {
      if (entry.is_array() && entry.size() >= 2 && entry[0].is_string()) {
        settings.loras.push_back({entry[0].get<std::string>(),
                                  entry.size() > 2 && entry[2].is_string() ? entry[2].get<std::string>() : "",
                                  number_of(entry[1], 1),
                                  {}});
      }
    }
  }
  if (says_something(member(metadata, "styles")) && text_at(metadata, "styles") != "[]") {
    builder.note("styles", format("the styles {} added words to the prompt that are not in it", text_at(metadata, "styles")));
  }
  note_others(builder, metadata,
              std::to_array<std::string_view>({"refiner_model", "sharpness", "adm_guidance", "freeu", "inpaint_engine_version"}));
  return settings;
}

ImportedSettings import_novelai(const Json& comment, const std::string& description, const std::string& model) {
  SettingsBuilder builder(RecipeSource::novelai);
  take(builder, comment,
       std::to_array<std::array<std::string_view, 2>>({{"negative", "uc"},
                                                       {"seed", "seed"},
                                                       {"steps", "steps"},
                                                       {"cfg_scale", "scale"},
                                                       {"cfg_rescale", "cfg_rescale"},
                                                       {"width", "width"},
                                                       {"height", "height"}}));
  std::string prompt = text_at(comment, "prompt");
  prompt = prompt.empty() ? description : prompt;
  builder.set("prompt", "prompt", prompt);
  if (const std::string sampler = text_at(comment, "sampler"); !sampler.empty()) {
    builder.set_sampler("sampler", sampler);
  }
  if (const std::string schedule = text_at(comment, "noise_schedule"); !schedule.empty()) {
    builder.set_schedule("noise_schedule", schedule);
  }
  if (text_at(comment, "request_type").find("Img2Img") != std::string::npos) {
    builder.set("strength", "strength", member(comment, "strength"));
    builder.note("request_type", "the picture began with another one, which it does not hold: choose the start picture");
  }
  builder.settings().model.name = model;
  if (prompt.find('{') != std::string::npos || prompt.find("::") != std::string::npos) {
    builder.note("prompt", "NovelAI writes weights as {word} and 1.2::word::; they stand in the prompt and are not read here");
  }
  note_others(builder, comment,
              std::to_array<std::string_view>({"sm", "sm_dyn", "dynamic_thresholding", "controlnet_model", "reference_strength",
                                               "reference_strength_multiple", "lora_unet_weights"}));
  return builder.settings();
}

}  // namespace darkroom
