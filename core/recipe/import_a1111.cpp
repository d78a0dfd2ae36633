// SPDX-License-Identifier: Apache-2.0
// source  AUTOMATIC1111 stable-diffusion-webui 1.10 (keys, defaults when they are absent), Fooocus's "a1111" scheme, stable-diffusion.cpp,
//         as facts. A schedule that is not named was "Uniform": versions before 1.9 wrote "DPM++ 2M Karras" as one name, later ones name
//         it.
#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/format.h"
#include "core/recipe/a1111_text.h"
#include "core/recipe/importers.h"
#include "core/recipe/settings_builder.h"

namespace darkroom {
namespace {

// Said by most pictures and without a bearing on the pixels, or read elsewhere.
constexpr std::array silent_keys{
    "Version",      "User",       "Hashes",          "Model hash",        "VAE hash",        "TI hashes",   "Lora hashes",
    "Lora weights", "Batch size", "Batch pos",       "Hires upscaler",    "Created Date",    "Date",        "Backend",
    "Pipeline",     "App",        "Image CFG scale", "Source Identifier", "Init image hash", "Performance", "Sharpness"};

struct Size {
  int64_t width = 0;
  int64_t height = 0;
};

std::optional<Size> size_of(const std::string& text) {
  Size size;
  const char* const end = text.data() + text.size();
  const auto [after_width, width_error] = std::from_chars(text.data(), end, size.width);
  if (width_error != std::errc{} || after_width == end || *after_width != 'x') {
    return std::nullopt;
  }
  const auto [after_height, height_error] = std::from_chars(after_width + 1, end, size.height);
  return height_error == std::errc{} && after_height == end ? std::optional(size) : std::nullopt;
}

// "name: hash, name2: hash2"
std::vector<std::pair<std::string, std::string>> split_list(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> entries;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(", ", at), text.size());
    const std::string entry = text.substr(at, end - at);
    if (const size_t colon = entry.find(": "); colon != std::string::npos) {
      entries.emplace_back(entry.substr(0, colon), entry.substr(colon + 2));
    }
    at = end + 2;
  }
  return entries;
}

class A1111Importer {
 public:
  A1111Importer(std::string_view text, RecipeSource source) : parsed_(parse_a1111_parameters(text)), builder_(source) {}

  ImportedSettings run() {
    builder_.set("prompt", "prompt", read_networks(parsed_.prompt));
    builder_.set("negative", "Negative prompt", parsed_.negative);
    builder_.set("prompt_syntax", "prompt", "weighted");
    if (parsed_.settings.empty()) {
      builder_.note("parameters", "the text ends without a line of settings: only the prompt could be read");
      return builder_.settings();
    }
    read_sampling();
    read_size_and_passes();
    read_files();
    note_the_rest();
    return builder_.settings();
  }

 private:
  std::optional<std::string> take(std::string_view key) {
    known_.emplace_back(key);
    return parsed_.setting(key);
  }

  void take_into(std::string_view option, std::string_view key) {
    if (const auto value = take(key)) {
      builder_.set(option, key, *value);
    }
  }

  // Lists the LoRAs that the prompt names, which stay there; takes other networks out, as nothing here could draw with them.
  std::string read_networks(const std::string& prompt) {
    std::string kept;
    size_t at = 0;
    while (at < prompt.size()) {
      const size_t begin = prompt.find('<', at);
      const size_t end = begin == std::string::npos ? begin : prompt.find('>', begin);
      if (end == std::string::npos) {
        break;
      }
      const std::string inside = prompt.substr(begin + 1, end - begin - 1);
      const bool is_other = inside.starts_with("hypernet:");
      kept += prompt.substr(at, (is_other ? begin : end + 1) - at);
      at = end + 1;
      if (is_other) {
        builder_.note("prompt", format("hypernetworks are not supported, <{}> was left out", inside));
      } else if (inside.starts_with("lora:") || inside.starts_with("lyco:")) {
        list_lora(inside.substr(inside.find(':') + 1));
      }
    }
    return kept + prompt.substr(std::min(at, prompt.size()));
  }

  // "name", "name:scale", "name:scale of the text encoder:scale"
  void list_lora(const std::string& text) {
    std::vector<double> scales;
    size_t at = text.find(':');
    NamedFile lora{text.substr(0, at), {}, 1, {}};
    while (at != std::string::npos) {
      const size_t end = std::min(text.find(':', at + 1), text.size());
      double scale = 1;
      std::from_chars(text.data() + at + 1, text.data() + end, scale);
      scales.push_back(scale);
      at = end < text.size() ? end : std::string::npos;
    }
    if (!scales.empty()) {
      lora.scale = scales.size() > 1 ? scales[1] : scales[0];
      lora.text_scale = scales.size() > 1 ? std::optional(scales[0]) : std::nullopt;
    }
    builder_.settings().loras.push_back(lora);
  }

  void read_sampling() {
    take_into("steps", "Steps");
    take_into("cfg_scale", "CFG scale");
    take_into("seed", "Seed");
    if (const auto sampler = take("Sampler")) {
      builder_.set_sampler("Sampler", *sampler);
    }
    const auto schedule = take("Schedule type");
    const auto fooocus_schedule = take("Scheduler");
    if (schedule || fooocus_schedule) {
      builder_.set_schedule("Schedule type", schedule ? *schedule : *fooocus_schedule);
    } else if (builder_.has("sampler") && !builder_.has("schedule")) {
      builder_.set_schedule("Sampler", "Uniform");
    }
    take_into("variation_seed", "Variation seed");
    take_into("variation_strength", "Variation seed strength");
    take_into("clip_skip", "Clip skip");
    read_eta();
    for (const std::string_view key : {"CFG Rescale", "CFG Rescale φ", "CFG rescale"}) {
      take_into("cfg_rescale", key);
    }
    const auto emphasis = take("Emphasis");
    if (emphasis == "None") {
      builder_.set("prompt_syntax", "Emphasis", "plain");
    } else if (emphasis) {
      builder_.set("emphasis", "Emphasis",
                   *emphasis == "No norm"  ? "no_norm"
                   : *emphasis == "Ignore" ? "none"
                   : *emphasis == "Comfy"  ? "comfy"
                                           : "original");
    }
    const auto generator = take("RNG");
    if (generator != "CPU") {
      builder_.note("RNG", format("the noise was drawn {}, where the same seed gives other numbers than here",
                                  generator == "NV" ? "as on an NVIDIA card" : "on the graphics card"));
    }
  }

  void read_eta() {
    take_into("eta", "Eta DDIM");
    const auto eta = take("Eta");
    if (eta && builder_.has("sampler") && builder_.value("sampler") == "ddim") {
      builder_.set("eta", "Eta", *eta);  // versions before 1.6
    } else if (eta && *eta != "1" && *eta != "1.0") {
      builder_.note("Eta", format("{} cannot be taken over: samplers but DDIM have no eta here", *eta));
    }
  }

  void read_size_and_passes() {
    Size size;
    if (const auto text = take("Size")) {
      if (const auto read = size_of(*text)) {
        size = *read;
        builder_.set("width", "Size", size.width);
        builder_.set("height", "Size", size.height);
      } else {
        builder_.note("Size", format("\"{}\" cannot be taken over: expected WIDTHxHEIGHT", *text));
      }
    }
    take_into("hires_scale", "Hires upscale");
    const auto resize = take("Hires resize");
    const auto target = resize ? size_of(*resize) : std::nullopt;
    if (target && size.width > 0 && target->width * size.height == target->height * size.width) {
      builder_.set("hires_scale", "Hires resize", static_cast<double>(target->width) / static_cast<double>(size.width));
    } else if (resize) {
      builder_.note("Hires resize", format("{} cannot be taken over: the second pass keeps the shape of the first", *resize));
    }
    take_into("hires_steps", "Hires steps");
    if (const auto strength = take("Denoising strength")) {
      const bool second_pass = builder_.has("hires_scale") && !take("Hires denoising strength");
      builder_.set(second_pass ? "hires_strength" : "strength", "Denoising strength", *strength);
      if (!second_pass) {
        builder_.note("Denoising strength", "the picture began with another one, which it does not hold: choose the start picture");
      }
    }
    take_into("hires_strength", "Hires denoising strength");
    if (const auto blur = take("Mask blur")) {
      builder_.set("mask_blur", "Mask blur", *blur);
      builder_.note("Mask blur", "only a part was drawn anew, within a mask that the picture does not hold: choose the mask");
    }
  }

  void read_files() {
    ImportedSettings& settings = builder_.settings();
    settings.model.name = take("Model").value_or("");
    settings.model.hash = parsed_.setting("Model hash").value_or("");
    settings.vae.name = take("VAE").value_or("");
    settings.vae.hash = parsed_.setting("VAE hash").value_or("");
    if (settings.source == RecipeSource::fooocus) {
      for (const auto& [name, scale] : split_list(parsed_.setting("Lora weights").value_or(""))) {
        NamedFile lora{name, {}, 1, {}};
        std::from_chars(scale.data(), scale.data() + scale.size(), lora.scale);
        settings.loras.push_back(lora);
      }
    }
    for (const auto& [name, hash] : split_list(parsed_.setting("Lora hashes").value_or(""))) {
      const auto named = std::find_if(settings.loras.begin(), settings.loras.end(), [&name = name](const NamedFile& lora) {
        std::string bare = lora.name;
        std::erase_if(bare, [](char c) { return c == ',' || c == ':'; });
        return bare == name;
      });
      if (named != settings.loras.end()) {
        named->hash = hash.substr(0, hash.find(':'));
      }
    }
  }

  void note_the_rest() {
    for (const auto& [key, value] : parsed_.settings) {
      const bool silent = std::find(silent_keys.begin(), silent_keys.end(), key) != silent_keys.end() ||
                          std::find(known_.begin(), known_.end(), key) != known_.end();
      if (!silent) {
        const bool control = key.starts_with("ControlNet");
        builder_.note(key, format("{} cannot be taken over: {}", value,
                                  control ? "the control picture is not in the file" : "Darkroom has no such setting"));
      }
    }
  }

  A1111Parameters parsed_;
  SettingsBuilder builder_;
  std::vector<std::string> known_;
};

}  // namespace

ImportedSettings import_a1111(std::string_view text, RecipeSource source) { return A1111Importer(text, source).run(); }

}  // namespace darkroom
