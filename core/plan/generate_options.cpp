// SPDX-License-Identifier: Apache-2.0
// Reading, writing and checking walk one list of fields, so that a field cannot be known to one and not to another.
#include "core/plan/generate_options.h"

#include <type_traits>

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
  visit(parameter_spec("generate.steps"), options.steps);
  visit(parameter_spec("generate.cfg_scale"), options.cfg_scale);
  visit(parameter_spec("generate.eta"), options.eta);
  visit(parameter_spec("generate.clip_skip"), options.clip_skip);
  visit(parameter_spec("generate.sampler"), options.sampler);
  visit(parameter_spec("generate.spacing"), options.spacing);
  visit(parameter_spec("generate.width"), options.width);
  visit(parameter_spec("generate.height"), options.height);
  visit(parameter_spec("generate.count"), options.count);
  visit(parameter_spec("generate.batch"), options.batch);
  visit(parameter_spec("generate.weights"), options.weights);
  visit(parameter_spec("generate.device"), options.device);
  visit(parameter_spec("generate.dtype"), options.dtype);
  visit(parameter_spec("generate.noise"), options.noise);
  visit(parameter_spec("generate.save_latents"), options.save_latents);
  visit(parameter_spec("generate.out"), options.out);
}

std::string problem_with(const ParameterSpec& spec, const std::string& value) { return parameter_problem(spec, value); }
std::string problem_with(const ParameterSpec& spec, int64_t value) { return parameter_problem(spec, static_cast<double>(value)); }
std::string problem_with(const ParameterSpec& spec, double value) { return parameter_problem(spec, value); }
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
