// SPDX-License-Identifier: Apache-2.0
#include "core/engine/grid_axes.h"

#include <algorithm>
#include <filesystem>

#include "core/base/format.h"
#include "core/engine/generate_options_cli.h"
#include "core/plan/parameter_spec.h"

namespace darkroom {
namespace {

constexpr std::string_view replace_name = "replace";
// What says where pictures go or how many there are: every cell has one picture.
constexpr std::array<std::string_view, 7> fixed{"out", "save-latents", "count", "batch", "device", "lora", "embedding"};

const ParameterSpec& spec_of(const std::string& axis, const std::string& name) {
  std::vector<std::string> names{std::string(replace_name)};
  for (const ParameterSpec* spec : parameter_group("generate")) {
    if (spec->option.empty() || std::find(fixed.begin(), fixed.end(), spec->option) != fixed.end()) {
      continue;
    }
    if (spec->option == name) {
      return *spec;
    }
    names.emplace_back(spec->option);
  }
  fail(ErrorCode::usage, "--grid {}: '{}' cannot be varied; one of {}", axis, name, fmt::join(names, ", "));
}

// Values between commas; "…" holds commas, "" in it is a quote.
std::vector<std::string> split_values(const std::string& axis, const std::string& text) {
  std::vector<std::string> values(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      values.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  if (quoted) {
    fail(ErrorCode::usage, "--grid {}: a quote is not closed in {}", axis, text);
  }
  return values;
}

GridAxis axis_from_text(const std::string& name, const std::string& text) {
  const size_t colon = text.find(':');
  GridAxis axis;
  axis.name = text.substr(0, colon);
  if (colon == std::string::npos || colon + 1 == text.size()) {
    fail(ErrorCode::usage, "--grid {}: expected {}=NAME:VALUE,VALUE, got {}={}", name, name, name, text);
  }
  axis.values = split_values(name, text.substr(colon + 1));
  if (axis.name == replace_name) {
    return axis;
  }
  const ParameterSpec& spec = spec_of(name, axis.name);
  for (const std::string& value : axis.values) {
    Json given = Json::object();
    try {
      set_generate_option(given, spec, value);
    } catch (const CLI::ValidationError& error) {
      fail(ErrorCode::usage, "--grid {}: {}", name, error.what());
    }
  }
  return axis;
}

void replace_words(Json& given, const GridAxis& axis, size_t index) {
  const std::string& wanted = axis.values.front();
  auto prompt = given.value("prompt", std::string());
  size_t at = prompt.find(wanted);
  if (wanted.empty() || at == std::string::npos) {
    fail(ErrorCode::usage, "--grid replace: the prompt does not hold '{}': {}", wanted, prompt);
  }
  for (; at != std::string::npos; at = prompt.find(wanted, at + axis.values[index].size())) {
    prompt.replace(at, wanted.size(), axis.values[index]);
  }
  given["prompt"] = prompt;
}

void apply(Json& given, const std::optional<GridAxis>& axis, size_t index) {
  if (!axis) {
    return;
  }
  if (axis->name == replace_name) {
    replace_words(given, *axis, index);
  } else {
    set_generate_option(given, spec_of("", axis->name), axis->values[index]);
  }
}

}  // namespace

std::string GridAxis::label(size_t index) const {
  const std::string& value = values.at(index);
  if (name == replace_name) {
    return value;
  }
  const ParameterSpec& spec = spec_of("", name);
  if (spec.kind == ParameterKind::path) {
    return std::filesystem::path(value).filename().string();
  }
  const bool speaks_for_itself = spec.kind == ParameterKind::text || spec.kind == ParameterKind::choice;
  return speaks_for_itself ? value : format("{} {}", spec.label, value);
}

GridAxes grid_axes_from_texts(const std::vector<std::string>& texts) {
  GridAxes axes;
  for (const std::string& text : texts) {
    const bool named = text.size() > 2 && text[1] == '=' && text[0] >= 'x' && text[0] <= 'z';
    if (!named) {
      fail(ErrorCode::usage, "--grid: expected x=NAME:VALUE,VALUE (or y=, z=), got '{}'", text);
    }
    std::optional<GridAxis>& axis = text[0] == 'x' ? axes.x : text[0] == 'y' ? axes.y : axes.z;
    if (axis) {
      fail(ErrorCode::usage, "--grid: the axis {} is given twice", text[0]);
    }
    axis = axis_from_text(text.substr(0, 1), text.substr(2));
  }
  return axes;
}

Json grid_cell(const GridAxes& axes, size_t x, size_t y, size_t z, const Json& given) {
  Json cell = given;
  apply(cell, axes.x, x);
  apply(cell, axes.y, y);
  apply(cell, axes.z, z);
  return cell;
}

}  // namespace darkroom
