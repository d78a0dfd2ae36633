// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/settings_builder.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "core/base/format.h"
#include "core/image/sampler_names.h"

namespace darkroom {
namespace {

constexpr size_t most_shown = 60;

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > most_shown) {
    size_t cut = most_shown;
    while ((static_cast<uint8_t>(text[cut]) & 0xC0U) == 0x80U) {
      --cut;
    }
    text = text.substr(0, cut) + "…";
  }
  return text;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<double> real_of(const Json& value) {
  const std::optional<double> real = value.is_number()   ? std::optional(value.get<double>())
                                     : value.is_string() ? number_in<double>(value.get<std::string>())
                                                         : std::nullopt;
  return real && std::isfinite(*real) ? real : std::nullopt;
}

// Exact for all 64 bits: ComfyUI's seeds fill them.
std::optional<Json> integer_of(const Json& value) {
  if (value.is_number_integer()) {
    return value;
  }
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    if (const auto number = number_in<int64_t>(text)) {
      return Json(*number);
    }
    if (const auto number = number_in<uint64_t>(text)) {
      return Json(*number);
    }
  }
  const auto real = real_of(value);
  if (real && std::trunc(*real) == *real && std::abs(*real) <= largest_seed) {
    return Json(static_cast<int64_t>(*real));
  }
  return std::nullopt;
}

}  // namespace

bool SettingsBuilder::set(std::string_view key, std::string_view field, const Json* value) {
  if (value == nullptr || value->is_null()) {
    return false;
  }
  const ParameterSpec& spec = parameter_spec("generate." + std::string(key));
  std::optional<Json> checked;
  std::string problem;
  if (spec.kind == ParameterKind::integer) {
    checked = integer_of(*value);
    problem = checked ? parameter_problem(spec, checked->get<double>()) : "expected a whole number";
  } else if (spec.kind == ParameterKind::real) {
    const auto real = real_of(*value);
    checked = real ? std::optional<Json>(*real) : std::nullopt;
    problem = real ? parameter_problem(spec, *real) : "expected a number";
  } else if (value->is_string()) {
    checked = *value;
    problem = parameter_problem(spec, value->get<std::string>());
  } else {
    problem = "expected a text";
  }
  if (!problem.empty()) {
    note(field, format("{} cannot be taken over: {}", shown(*value), problem));
    return false;
  }
  settings_.options[std::string(key)] = *checked;
  return true;
}

void SettingsBuilder::set_sampler(std::string_view field, const std::string& label) {
  const auto choice = sampler_from_label(label);
  if (!choice) {
    note(field, format("Darkroom has no sampler {}", shown(label)));
    return;
  }
  set("sampler", field, choice->sampler);
  if (choice->schedule) {
    set_schedule(field, *choice->schedule);
  }
}

void SettingsBuilder::set_schedule(std::string_view field, const std::string& label) {
  const std::string sampler = has("sampler") ? value("sampler").get<std::string>() : std::string();
  const bool automatic = label == "Automatic" || label == "automatic";
  const auto schedule = automatic ? std::optional(automatic_schedule(sampler)) : schedule_from_label(label);
  if (!schedule) {
    note(field, format("Darkroom has no schedule {}", shown(label)));
    return;
  }
  if (!set("schedule", field, *schedule) || *schedule != "default") {
    settings_.options.erase("spacing");
    return;
  }
  if (!sampler.empty() && !steps_on_timesteps(sampler)) {
    set("spacing", field, "linspace");
  } else if (sampler == "ddim" || sampler == "pndm") {
    set("spacing", field, "leading");
  }
}

void SettingsBuilder::note(std::string_view field, std::string reason) {
  settings_.notes.push_back({std::string(field), std::move(reason)});
}

}  // namespace darkroom
