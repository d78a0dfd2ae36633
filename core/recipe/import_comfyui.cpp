// SPDX-License-Identifier: Apache-2.0
// The picture's node leads back to its sampler, and the sampler to everything else. Two samplers on one road of latents are a picture and
// its second pass. What lies on the road and is not known is named in a note and stepped over.
// source  ComfyUI's built-in nodes (2025-10), as facts; its prompts know weights but no [], BREAK or AND
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/format.h"
#include "core/recipe/comfy_graph.h"
#include "core/recipe/importers.h"
#include "core/recipe/settings_builder.h"

namespace darkroom {
namespace {

using Node = ComfyGraph::Node;

constexpr int longest_road = 256;

bool is_sampler(const Node& node) {
  return (node.input("sampler_name") != nullptr && node.input("positive") != nullptr) ||
         (node.input("sampler") != nullptr && node.input("sigmas") != nullptr);
}

bool is_output(const Node& node) {
  constexpr std::array words{"SaveImage", "PreviewImage", "Image Save", "Save Image"};
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return node.type.find(word) != std::string::npos; });
}

std::string text_or(const Json* value, const std::string& otherwise = {}) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : otherwise;
}

double number_or(const Json* value, double otherwise) { return value != nullptr && value->is_number() ? value->get<double>() : otherwise; }

std::string latent_input(const Node& sampler) { return sampler.input("latent_image") != nullptr ? "latent_image" : "latent"; }

class ComfyuiImporter {
 public:
  explicit ComfyuiImporter(const Json& graph) : graph_(graph), builder_(RecipeSource::comfyui) {}

  ImportedSettings run() {
    const std::vector<const Node*> passes = find_passes();
    if (passes.empty()) {
      builder_.note("prompt", "the graph holds no sampler that is known here");
      return builder_.settings();
    }
    const Node& first = *passes.front();
    read_pass(first);
    read_start(first);
    if (passes.size() > 1) {
      read_second_pass(first, *passes[1]);
    }
    if (passes.size() > 2) {
      builder_.note(passes[2]->label(), format("{} passes over one picture cannot be taken over, only the first two", passes.size()));
    }
    read_vae(*passes.back());
    return builder_.settings();
  }

 private:
  void set(std::string_view option, const Node& node, std::string_view input) {
    const Json* value = graph_.value(node, input);
    if (value == nullptr && node.input(input) != nullptr) {
      builder_.note(node.label(), format("{} is computed by other nodes", input));
      return;
    }
    builder_.set(option, node.label() + "/" + std::string(input), value);
  }

  // The samplers from the first to the last on a road of latents: the longest that a picture was saved from, else the longest.
  std::vector<const Node*> find_passes() const {
    std::vector<const Node*> best;
    bool best_is_saved = false;
    for (const Node& node : graph_.nodes()) {
      const bool saves = is_output(node);
      const Node* last = is_sampler(node) ? &node : saves ? sampler_before(node, "images") : nullptr;
      std::vector<const Node*> road;
      while (last != nullptr && std::find(road.begin(), road.end(), last) == road.end()) {
        road.insert(road.begin(), last);
        last = sampler_before(*last, latent_input(*last));
      }
      if (!road.empty() && std::pair(saves, road.size()) > std::pair(best_is_saved, best.size())) {
        best = road;
        best_is_saved = saves;
      }
    }
    return best;
  }

  const Node* sampler_before(const Node& node, std::string_view input) const {
    const Node* found = nullptr;
    graph_.walk_back(node, input, [&](const Node& next) {
      if (found == nullptr && is_sampler(next)) {
        found = &next;
      }
      return found == nullptr;
    });
    return found;
  }

  void read_pass(const Node& sampler) {
    builder_.set("emphasis", "prompt", "comfy");
    builder_.set("prompt_syntax", "prompt", "weighted");
    if (sampler.input("sigmas") != nullptr) {
      read_custom_pass(sampler);
      return;
    }
    set("seed", sampler, sampler.input("noise_seed") != nullptr ? "noise_seed" : "seed");
    set("steps", sampler, "steps");
    set("cfg_scale", sampler, "cfg");
    read_sampler_and_schedule(sampler, "sampler_name", sampler);
    note_partial_steps(sampler);
    read_prompts(sampler);
    read_model(sampler);
  }

  // SamplerCustomAdvanced and SamplerCustom: noise, guider, sampler and sigmas are nodes of their own.
  void read_custom_pass(const Node& sampler) {
    const Node* noise = graph_.source(sampler, "noise");
    set("seed", noise != nullptr ? *noise : sampler, "noise_seed");
    const Node* sigmas = graph_.source(sampler, "sigmas");
    const Node* kind = graph_.source(sampler, "sampler");
    if (sigmas != nullptr) {
      set("steps", *sigmas, "steps");
    }
    if (kind != nullptr) {
      read_sampler_and_schedule(*kind, "sampler_name", sigmas != nullptr ? *sigmas : *kind);
      if (sigmas != nullptr && sigmas->type == "KarrasScheduler") {
        builder_.set_schedule(sigmas->label(), "karras");
      } else if (sigmas != nullptr && sigmas->type == "ExponentialScheduler") {
        builder_.set_schedule(sigmas->label(), "exponential");
      } else if (sigmas != nullptr && sigmas->input("scheduler") == nullptr) {
        builder_.note(sigmas->label(), "Darkroom has no schedule of this kind");
      }
    }
    const Node* guider = graph_.source(sampler, "guider");
    const Node& guided = guider != nullptr ? *guider : sampler;
    if (guided.input("cfg") != nullptr) {
      set("cfg_scale", guided, "cfg");
    } else {
      builder_.set("cfg_scale", guided.label(), 1.0);  // BasicGuider: no guidance
    }
    read_prompts(guided);
    read_model(guided);
  }

  void read_sampler_and_schedule(const Node& sampler, std::string_view name, const Node& scheduler) {
    if (const Json* label = graph_.value(sampler, name)) {
      builder_.set_sampler(sampler.label(), text_or(label));
    }
    if (const Json* label = graph_.value(scheduler, "scheduler")) {
      builder_.set_schedule(scheduler.label(), text_or(label));
    }
  }

  void note_partial_steps(const Node& sampler) {
    const double begin = number_or(graph_.value(sampler, "start_at_step"), 0);
    const double end = number_or(graph_.value(sampler, "end_at_step"), 10000);
    const double steps = number_or(graph_.value(sampler, "steps"), 0);
    if (begin > 0 || end < steps) {
      builder_.note(sampler.label(), format("steps {} to {} alone cannot be taken over", begin, std::min(end, steps)));
    }
  }

  void read_prompts(const Node& node) {
    const bool only_one = node.input("positive") == nullptr;
    builder_.set("prompt", node.label(), conditioning_text(node, only_one ? "conditioning" : "positive", "positive", 0));
    builder_.set("negative", node.label(), only_one ? std::string() : conditioning_text(node, "negative", "negative", 0));
  }

  // The text behind a conditioning input. `role` picks the side of nodes that pass both.
  std::string conditioning_text(const Node& from, std::string_view input, std::string_view role, int depth) {
    const Node* node = graph_.source(from, input);
    if (node == nullptr || depth > longest_road) {
      return {};
    }
    if (node->type == "ConditioningZeroOut") {
      return {};
    }
    for (const std::string_view name : {"text", "text_g", "prompt"}) {
      if (node->input(name) == nullptr || node->input("conditioning") != nullptr) {
        continue;
      }
      const Json* text = graph_.value(*node, name);
      if (text == nullptr) {
        builder_.note(node->label(), "the prompt is computed by other nodes");
      }
      if (role == "positive") {
        read_clip_skip(*node);
      }
      return text_or(text);
    }
    if (node->type == "ConditioningConcat") {
      return conditioning_text(*node, "conditioning_to", role, depth + 1) + " BREAK " +
             conditioning_text(*node, "conditioning_from", role, depth + 1);
    }
    if (node->type.find("ControlNet") != std::string::npos) {
      builder_.note(node->label(), "ControlNet cannot be taken over: the control picture is not in the file");
    } else {
      builder_.note(node->label(), "only the first prompt behind this node could be taken over");
    }
    for (const std::string_view name : {role, std::string_view("conditioning"), std::string_view("conditioning_1"),
                                        std::string_view("conditioning1"), std::string_view("conditioning_to")}) {
      if (graph_.source(*node, name) != nullptr) {
        return conditioning_text(*node, name, role, depth + 1);
      }
    }
    return {};
  }

  void read_clip_skip(const Node& text) {
    graph_.walk_back(text, "clip", [&](const Node& node) {
      if (node.type == "CLIPSetLastLayer") {
        builder_.set("clip_skip", node.label(), -number_or(graph_.value(node, "stop_at_clip_layer"), -1));
      }
      return node.input("clip") != nullptr;
    });
  }

  // From the sampler's model input to the loader: LoRAs and what else changes the model.
  void read_model(const Node& sampler) {
    const Node* node = graph_.source(sampler, "model");
    std::vector<NamedFile> loras;
    for (int i = 0; node != nullptr && i < longest_road; ++i) {
      if (const Json* name = graph_.value(*node, "lora_name")) {
        NamedFile lora{text_or(name), {}, number_or(graph_.value(*node, "strength_model"), 1), {}};
        const double text_scale = number_or(graph_.value(*node, "strength_clip"), node->input("clip") == nullptr ? 0 : lora.scale);
        lora.text_scale = text_scale == lora.scale ? std::nullopt : std::optional(text_scale);
        loras.insert(loras.begin(), lora);
      } else if (node->type == "RescaleCFG") {
        set("cfg_rescale", *node, "multiplier");
      } else if (node->input("model") != nullptr) {
        builder_.note(node->label(), "this change of the model cannot be taken over");
      } else {
        for (const std::string_view key : {"ckpt_name", "unet_name", "model_name", "model_path"}) {
          if (const Json* file = graph_.value(*node, key)) {
            builder_.settings().model.name = text_or(file);
          }
        }
      }
      node = graph_.source(*node, "model");
    }
    builder_.settings().loras = loras;
  }

  // What the first pass started from.
  void read_start(const Node& sampler) {
    bool from_picture = false;
    graph_.walk_back(sampler, latent_input(sampler), [&](const Node& node) {
      const bool empty = node.type.find("Empty") != std::string::npos && node.input("width") != nullptr;
      if (empty) {
        set("width", node, "width");
        set("height", node, "height");
      } else if (node.type.find("VAEEncode") != std::string::npos || node.type == "LoadImage") {
        from_picture = true;
      }
      if (node.type.find("ForInpaint") != std::string::npos || node.type.find("NoiseMask") != std::string::npos) {
        builder_.note(node.label(), "only a part was drawn anew, within a mask that the picture does not hold: choose the mask");
      }
      return !empty && node.input("ckpt_name") == nullptr;
    });
    const Node* sigmas = graph_.source(sampler, "sigmas");
    const double strength = number_or(graph_.value(sigmas != nullptr ? *sigmas : sampler, "denoise"), 1);
    if (from_picture) {
      builder_.set("strength", sampler.label(), strength);
      builder_.note(sampler.label(), "the picture began with another one, which it does not hold: choose the start picture");
    } else if (strength != 1) {
      builder_.note(sampler.label(), format("a denoise of {} without a start picture cannot be taken over", strength));
    }
  }

  void read_second_pass(const Node& first, const Node& second) {
    double scale = 1;
    graph_.walk_back(second, latent_input(second), [&](const Node& node) {
      const double width = number_or(graph_.value(node, "width"), 0);
      if (const Json* factor = graph_.value(node, "scale_by")) {
        scale *= number_or(factor, 1);
      } else if (width > 0 && builder_.has("width") && node.type.find("Empty") == std::string::npos) {
        scale = width / builder_.value("width").get<double>();
      } else if (node.input("upscale_model") != nullptr) {
        builder_.note(node.label(), "enlarging with a model cannot be taken over");
      }
      return &node != &first && node.input("ckpt_name") == nullptr;
    });
    builder_.set("hires_scale", second.label(), scale);
    set("hires_steps", second, "steps");
    builder_.set("hires_strength", second.label(), number_or(graph_.value(second, "denoise"), 1));
    for (const std::string_view input : {"sampler_name", "scheduler", "cfg"}) {
      const Json* before = graph_.value(first, input);
      const Json* after = graph_.value(second, input);
      if (before != nullptr && after != nullptr && *before != *after) {
        builder_.note(second.label(), format("the second pass has its own {}; here both share that of the first", input));
      }
    }
  }

  void read_vae(const Node& last) {
    for (const Node& node : graph_.nodes()) {
      if (node.input("samples") == nullptr || node.input("vae") == nullptr || sampler_before(node, "samples") != &last) {
        continue;
      }
      if (const Node* loader = graph_.source(node, "vae")) {
        const std::string name = text_or(graph_.value(*loader, "vae_name"));
        builder_.settings().vae.name = name.empty() ? builder_.settings().vae.name : name;
      }
    }
  }

  ComfyGraph graph_;
  SettingsBuilder builder_;
};

}  // namespace

ImportedSettings import_comfyui(const Json& graph) { return ComfyuiImporter(graph).run(); }

}  // namespace darkroom
