// SPDX-License-Identifier: Apache-2.0
#include "core/engine/generate_options_cli.h"

#include <array>
#include <charconv>
#include <sstream>

#include "core/base/format.h"

namespace darkroom {
namespace {

template <typename Number>
Number parse_option_number(const ParameterSpec& spec, const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw CLI::ValidationError("--" + std::string(spec.option),
                               format("expected {}, got '{}'", spec.kind == ParameterKind::integer ? "a whole number" : "a number", text));
  }
  return value;
}

void check(const ParameterSpec& spec, const std::string& problem) {
  if (!problem.empty()) {
    throw CLI::ValidationError("--" + std::string(spec.option), problem);
  }
}

// One more entry of a list.
void add_value(Json& given, const ParameterSpec& spec, const std::string& text) {
  Json& list = given[std::string(spec.name())];
  if (spec.key == "generate.lora") {
    const LoraUse use = lora_use_from_text(text);
    list.push_back({{"path", use.path}, {"scale", use.scale}});
    return;
  }
  list.push_back(text);
}

// SCALE[:STEPS[:STRENGTH]] fills the three parameters of the second pass.
void set_hires(Json& given, const std::string& text) {
  constexpr std::array<std::string_view, 3> keys{"generate.hires_scale", "generate.hires_steps", "generate.hires_strength"};
  std::stringstream parts(text);
  std::string part;
  size_t count = 0;
  while (std::getline(parts, part, ':')) {
    if (count == keys.size()) {
      throw CLI::ValidationError("--hires", "expected SCALE[:STEPS[:STRENGTH]], got '" + text + "'");
    }
    const ParameterSpec* const spec = &parameter_spec(keys[count++]);
    try {
      set_generate_option(given, *spec, part);
    } catch (const CLI::ValidationError& error) {
      throw CLI::ValidationError("--hires", format("{} of SCALE[:STEPS[:STRENGTH]]: {}", spec->label, error.what()));
    }
  }
}

}  // namespace

void set_generate_option(Json& given, const ParameterSpec& spec, const std::string& text) {
  const std::string name(spec.name());
  switch (spec.kind) {
    case ParameterKind::integer: {
      const auto value = parse_option_number<int64_t>(spec, text);
      check(spec, parameter_problem(spec, static_cast<double>(value)));
      given[name] = value;
      return;
    }
    case ParameterKind::real: {
      const auto value = parse_option_number<double>(spec, text);
      check(spec, parameter_problem(spec, value));
      given[name] = value;
      return;
    }
    default:
      check(spec, parameter_problem(spec, text));
      given[name] = text;
  }
}

std::shared_ptr<Json> add_generate_options(CLI::App& command) {
  auto given = std::make_shared<Json>(Json::object());
  for (const ParameterSpec* spec : parameter_group("generate")) {
    if (spec->option.empty()) {
      continue;
    }
    if (spec->repeated) {
      command.add_option_function<std::vector<std::string>>(
          "--" + std::string(spec->option),
          [given, spec](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              add_value(*given, *spec, text);
            }
          },
          parameter_help(*spec));
      continue;
    }
    command.add_option_function<std::string>(
        "--" + std::string(spec->option), [given, spec](const std::string& text) { set_generate_option(*given, *spec, text); },
        parameter_help(*spec));
  }
  command.add_option_function<std::string>(
      "--hires", [given](const std::string& text) { set_hires(*given, text); },
      format("A second pass at a larger size, SCALE[:STEPS[:STRENGTH]]. {} {} {}", parameter_help(parameter_spec("generate.hires_scale")),
             parameter_help(parameter_spec("generate.hires_steps")), parameter_help(parameter_spec("generate.hires_strength"))));
  return given;
}

GenerateOptions options_from_cli(const Json& given) {
  std::vector<Problem> problems;
  GenerateOptions options = generate_options_from_json(given, problems);
  if (!problems.empty()) {
    std::string text;
    for (const Problem& problem : problems) {
      text += (text.empty() ? "" : "\n") + problem.pointer.substr(1) + ": " + problem.message;
    }
    throw Error(ErrorCode::usage, text);
  }
  return options;
}

}  // namespace darkroom
