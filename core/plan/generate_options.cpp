// SPDX-License-Identifier: Apache-2.0
// Reading, writing and checking walk one list of fields, so that a field cannot be known to one and not to another.
#include "core/plan/generate_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "core/base/format.h"

namespace darkroom {
namespace {

template <typename Options, typename Visit>
void visit_fields(Options& options, Visit&& visit) {
  visit(parameter_spec("generate.model"), options.model);
  visit(parameter_spec("generate.vae"), options.vae);
  visit(parameter_spec("generate.text_encoder"), options.text_encoder);
  visit(parameter_spec("generate.prompt"), options.prompt);
  visit(parameter_spec("generate.negative"), options.negative);
  visit(parameter_spec("generate.seed"), options.seed);
  visit(parameter_spec("generate.variation_seed"), options.variation_seed);
  visit(parameter_spec("generate.variation_strength"), options.variation_strength);
  visit(parameter_spec("generate.steps"), options.steps);
  visit(parameter_spec("generate.cfg_scale"), options.cfg_scale);
  visit(parameter_spec("generate.cfg_rescale"), options.cfg_rescale);
  visit(parameter_spec("generate.eta"), options.eta);
  visit(parameter_spec("generate.clip_skip"), options.clip_skip);
  visit(parameter_spec("generate.prompt_syntax"), options.prompt_syntax);
  visit(parameter_spec("generate.emphasis"), options.emphasis);
  visit(parameter_spec("generate.sampler"), options.sampler);
  visit(parameter_spec("generate.schedule"), options.schedule);
  visit(parameter_spec("generate.spacing"), options.spacing);
  visit(parameter_spec("generate.width"), options.width);
  visit(parameter_spec("generate.height"), options.height);
  visit(parameter_spec("generate.init_image"), options.init_image);
  visit(parameter_spec("generate.strength"), options.strength);
  visit(parameter_spec("generate.mask"), options.mask);
  visit(parameter_spec("generate.mask_blur"), options.mask_blur);
  visit(parameter_spec("generate.hires_scale"), options.hires_scale);
  visit(parameter_spec("generate.hires_steps"), options.hires_steps);
  visit(parameter_spec("generate.hires_strength"), options.hires_strength);
  visit(parameter_spec("generate.lora"), options.loras);
  visit(parameter_spec("generate.lora_folder"), options.lora_folder);
  visit(parameter_spec("generate.embedding"), options.embeddings);
  visit(parameter_spec("generate.count"), options.count);
  visit(parameter_spec("generate.batch"), options.batch);
  visit(parameter_spec("generate.weights"), options.weights);
  visit(parameter_spec("generate.device"), options.device);
  visit(parameter_spec("generate.dtype"), options.dtype);
  visit(parameter_spec("generate.vae_tiling"), options.vae_tiling);
  visit(parameter_spec("generate.preview_decoder"), options.preview_decoder);
  visit(parameter_spec("generate.noise"), options.noise);
  visit(parameter_spec("generate.save_latents"), options.save_latents);
  visit(parameter_spec("generate.out"), options.out);
}

std::string problem_with(const ParameterSpec& spec, const std::string& value) { return parameter_problem(spec, value); }
std::string problem_with(const ParameterSpec& spec, int64_t value) { return parameter_problem(spec, static_cast<double>(value)); }
std::string problem_with(const ParameterSpec& spec, double value) { return parameter_problem(spec, value); }
std::string problem_with(const ParameterSpec&, const std::vector<std::string>& paths) {
  return std::find(paths.begin(), paths.end(), "") == paths.end() ? "" : "expected paths, got an empty text";
}
std::string problem_with(const ParameterSpec&, const std::vector<LoraUse>& uses) {
  for (const LoraUse& use : uses) {
    if (use.path.empty() || !std::isfinite(use.scale) || !std::isfinite(use.text_scale.value_or(0))) {
      return format("expected a path and a finite scale, got \"{}\" and {}", use.path, use.scale);
    }
  }
  return {};
}
template <typename Value>
std::string problem_with(const ParameterSpec& spec, const std::optional<Value>& value) {
  return value ? problem_with(spec, *value) : std::string();
}

void write_field(Json& json, const ParameterSpec& spec, const std::string& value) {
  // The prompts always stand in the file: an empty prompt is a prompt.
  if (!value.empty() || spec.kind == ParameterKind::text) {
    json[std::string(spec.name())] = value;
  }
}
void write_field(Json& json, const ParameterSpec& spec, int64_t value) { json[std::string(spec.name())] = value; }
void write_field(Json& json, const ParameterSpec& spec, double value) { json[std::string(spec.name())] = value; }
void write_field(Json& json, const ParameterSpec& spec, const std::vector<std::string>& paths) {
  if (!paths.empty()) {
    json[std::string(spec.name())] = paths;
  }
}
void write_field(Json& json, const ParameterSpec& spec, const std::vector<LoraUse>& uses) {
  for (const LoraUse& use : uses) {
    Json& entry = json[std::string(spec.name())].emplace_back(Json{{"path", use.path}, {"scale", use.scale}});
    if (use.text_scale) {
      entry["text_scale"] = *use.text_scale;
    }
  }
}
template <typename Value>
void write_field(Json& json, const ParameterSpec& spec, const std::optional<Value>& value) {
  if (value) {
    write_field(json, spec, *value);
  }
}

template <typename Value>
void read_field(JsonReader& reader, const ParameterSpec& spec, Value& value) {
  read_parameter(reader, spec, value);
}
void read_field(JsonReader& reader, const ParameterSpec& spec, std::vector<std::string>& paths) {
  const std::string name(spec.name());
  const Json* found = reader.any(name);
  if (found == nullptr || found->is_null()) {
    return;
  }
  const auto is_text = [](const Json& entry) { return entry.is_string(); };
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_text)) {
    reader.problem(name, "expected a list of paths, got " + found->dump());
    return;
  }
  paths = found->get<std::vector<std::string>>();
}
void read_field(JsonReader& reader, const ParameterSpec& spec, std::vector<LoraUse>& uses) {
  const std::string name(spec.name());
  const Json* found = reader.any(name);
  if (found == nullptr || found->is_null()) {
    return;
  }
  const auto is_use = [](const Json& entry) {
    const auto is_number_or_absent = [&](const char* key) { return !entry.contains(key) || entry[key].is_number(); };
    return entry.is_object() && entry.contains("path") && entry["path"].is_string() && is_number_or_absent("scale") &&
           is_number_or_absent("text_scale") && entry.size() == entry.count("path") + entry.count("scale") + entry.count("text_scale");
  };
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_use)) {
    reader.problem(name, "expected a list of {\"path\": …, \"scale\": …, \"text_scale\": …}, got " + found->dump());
    return;
  }
  for (const Json& entry : *found) {
    LoraUse& use = uses.emplace_back(LoraUse{entry["path"].get<std::string>(), entry.value("scale", 1.0), std::nullopt});
    if (entry.contains("text_scale")) {
      use.text_scale = entry["text_scale"].get<double>();
    }
  }
}
template <typename Value>
void read_field(JsonReader& reader, const ParameterSpec& spec, std::optional<Value>& value) {
  const std::string name(spec.name());
  const Json* found = reader.any(name);
  if (found == nullptr || found->is_null()) {
    return;  // null says the same as leaving it out
  }
  Value read{};
  if constexpr (std::is_same_v<Value, int64_t>) {
    read = static_cast<int64_t>(spec.default_number);
  }
  read_parameter(reader, spec, read);
  value = read;
}

}  // namespace

LoraUse lora_use_from_text(const std::string& text) {
  LoraUse use{text, 1, std::nullopt};
  if (const size_t colon = text.rfind(':'); colon != std::string::npos) {
    double scale = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, scale);
    if (error == std::errc{} && stopped == end) {
      use = {text.substr(0, colon), scale, std::nullopt};
    }
  }
  if (use.path.empty() || !std::isfinite(use.scale)) {
    fail(ErrorCode::usage, "lora: expected PATH or PATH:SCALE with a finite scale, got \"{}\"", text);
  }
  return use;
}

Json to_json(const GenerateOptions& options) {
  Json json = Json::object();
  visit_fields(options, [&json](const ParameterSpec& spec, const auto& value) { write_field(json, spec, value); });
  return json;
}

GenerateOptions generate_options_from_json(const Json& json, std::vector<Problem>& problems, const std::string& pointer) {
  GenerateOptions options;
  JsonReader reader(json, pointer, problems);
  visit_fields(options, [&reader](const ParameterSpec& spec, auto& value) { read_field(reader, spec, value); });
  reader.finish();
  return options;
}

void check_generate_options(const GenerateOptions& options, std::vector<Problem>& problems, const std::string& pointer) {
  visit_fields(options, [&](const ParameterSpec& spec, const auto& value) {
    if (std::string problem = problem_with(spec, value); !problem.empty()) {
      problems.push_back({pointer + "/" + std::string(spec.name()), std::move(problem)});
    }
  });
}

}  // namespace darkroom
