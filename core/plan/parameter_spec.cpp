// SPDX-License-Identifier: Apache-2.0
#include "core/plan/parameter_spec.h"

#include <algorithm>
#include <cmath>

#include "core/base/format.h"

namespace darkroom {
namespace {

std::string number_text(const ParameterSpec& spec, double value) {
  return spec.kind == ParameterKind::integer ? format("{}", static_cast<int64_t>(value)) : format("{}", value);
}

std::string range_text(const ParameterSpec& spec) {
  const bool low = std::isfinite(spec.min);
  const bool high = std::isfinite(spec.max) && spec.max < largest_seed;
  std::string text;
  if (low && high) {
    text = format("{} to {}", number_text(spec, spec.min), number_text(spec, spec.max));
  } else if (low) {
    text = format("at least {}", number_text(spec, spec.min));
  }
  if (!spec.unit.empty()) {
    text += text.empty() ? std::string(spec.unit) : format(" {}", spec.unit);
  }
  return text;
}

std::string shown_default(const ParameterSpec& spec) {
  if (spec.default_kind == DefaultKind::derived) {
    return std::string(spec.default_text);
  }
  switch (spec.kind) {
    case ParameterKind::boolean:
      return spec.default_number != 0 ? "true" : "false";
    case ParameterKind::integer:
    case ParameterKind::real:
      return number_text(spec, spec.default_number);
    default:
      return std::string(spec.default_text);
  }
}

std::vector<std::string> choice_words(const ParameterSpec& spec) { return {spec.choices.begin(), spec.choices.end()}; }

}  // namespace

std::span<const ParameterSpec> parameter_specs() { return parameter_table; }

std::vector<const ParameterSpec*> parameter_group(std::string_view group) {
  std::vector<const ParameterSpec*> found;
  for (const ParameterSpec& spec : parameter_table) {
    if (spec.group() == group) {
      found.push_back(&spec);
    }
  }
  return found;
}

std::string parameter_help(const ParameterSpec& spec, bool with_default) {
  std::string range = spec.kind == ParameterKind::choice ? format("{}", fmt::join(spec.choices, " | ")) : range_text(spec);
  if (const std::string text = shown_default(spec); with_default && !text.empty()) {
    range += (range.empty() ? "default: " : "; default: ") + text;
  }
  return range.empty() ? std::string(spec.help) : format("{} ({})", spec.help, range);
}

std::string parameter_problem(const ParameterSpec& spec, double value) {
  if (!(value >= spec.min && value <= spec.max)) {
    const std::string number = spec.kind == ParameterKind::integer && std::isfinite(value) ? format("{:.0f}", value) : format("{}", value);
    return std::isfinite(spec.max)
               ? format("expected {} from {} to {}, got {}", spec.kind == ParameterKind::integer ? "a whole number" : "a number",
                        number_text(spec, spec.min), number_text(spec, spec.max), number)
               : format("expected a number of at least {}, got {}", number_text(spec, spec.min), number);
  }
  if (spec.kind == ParameterKind::integer && spec.step > 1 && std::fmod(value, spec.step) != 0) {
    return format("expected a multiple of {}, got {}; the nearest is {}", number_text(spec, spec.step), number_text(spec, value),
                  number_text(spec, std::clamp(std::round(value / spec.step) * spec.step, spec.min, spec.max)));
  }
  return {};
}

std::string parameter_problem(const ParameterSpec& spec, const std::string& value) {
  if (spec.kind != ParameterKind::choice || std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end()) {
    return {};
  }
  std::string text = format("expected one of {}, got \"{}\"", fmt::join(spec.choices, ", "), value);
  if (const auto near = nearest_name(value, choice_words(spec))) {
    text += format("; did you mean {}?", *near);
  }
  return text;
}

void read_parameter(JsonReader& reader, const ParameterSpec& spec, bool& value) { reader.read(std::string(spec.name()), value); }

void read_parameter(JsonReader& reader, const ParameterSpec& spec, int64_t& value) {
  const std::string name(spec.name());
  int64_t read = value;
  reader.read(name, read, static_cast<int64_t>(std::max(spec.min, -largest_seed)), static_cast<int64_t>(std::min(spec.max, largest_seed)));
  if (!reader.has(name)) {
    return;
  }
  if (const std::string problem = parameter_problem(spec, static_cast<double>(read)); !problem.empty()) {
    reader.problem(name, problem);
    return;
  }
  value = read;
}

void read_parameter(JsonReader& reader, const ParameterSpec& spec, double& value) {
  reader.read(std::string(spec.name()), value, spec.min, spec.max);
}

void read_parameter(JsonReader& reader, const ParameterSpec& spec, std::string& value) {
  if (spec.kind == ParameterKind::choice) {
    reader.read_choice(std::string(spec.name()), value, choice_words(spec));
  } else {
    reader.read(std::string(spec.name()), value);
  }
}

}  // namespace darkroom
