// SPDX-License-Identifier: Apache-2.0
#include "core/engine/generate_options_cli.h"

#include <charconv>

#include "core/base/format.h"

namespace darkroom {
namespace {

template <typename Number>
Number parse_number(const ParameterSpec& spec, const std::string& text) {
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

void set_value(Json& given, const ParameterSpec& spec, const std::string& text) {
  const std::string name(spec.name());
  switch (spec.kind) {
    case ParameterKind::integer: {
      const auto value = parse_number<int64_t>(spec, text);
      check(spec, parameter_problem(spec, static_cast<double>(value)));
      given[name] = value;
      return;
    }
    case ParameterKind::real: {
      const auto value = parse_number<double>(spec, text);
      check(spec, parameter_problem(spec, value));
      given[name] = value;
      return;
    }
    default:
      check(spec, parameter_problem(spec, text));
      given[name] = text;
  }
}

}  // namespace

std::shared_ptr<Json> add_generate_options(CLI::App& command) {
  auto given = std::make_shared<Json>(Json::object());
  for (const ParameterSpec* spec : parameter_group("generate")) {
    if (spec->option.empty()) {
      continue;
    }
    command.add_option_function<std::string>(
        "--" + std::string(spec->option), [given, spec](const std::string& text) { set_value(*given, *spec, text); },
        parameter_help(*spec));
  }
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
