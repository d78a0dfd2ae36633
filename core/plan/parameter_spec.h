// SPDX-License-Identifier: Apache-2.0
// One definition of every value that a user can set: its spelling, unit, range, default and explanation.
//
// The command line's help, the checks of plan and request files, the studio's forms and the manual are all made from this table.
// Keys are "<group>.<name>", e.g. "generate.cfg_scale"; a key that is not in the table is a compile error where it is used as a constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json_reader.h"
#include "core/plan/parameter_table.h"

namespace darkroom {

/// All parameters, grouped, in the order in which forms and documents show them.
std::span<const ParameterSpec> parameter_specs();
/// Those of one group: "generate", "plan", "model", "batch", "optimizer", "ema", "latents", "checkpoint", "validation", "logging", "phase",
/// "source".
std::vector<const ParameterSpec*> parameter_group(std::string_view group);

/// throws (at compile time, in a constant expression) std::invalid_argument for a key that is not in the table
constexpr const ParameterSpec& parameter_spec(std::string_view key) {
  for (const ParameterSpec& spec : parameter_table) {
    if (spec.key == key) {
      return spec;
    }
  }
  throw std::invalid_argument("[parameter_spec] no such key");
}

consteval int64_t default_integer(std::string_view key) { return static_cast<int64_t>(parameter_spec(key).default_number); }
consteval double default_real(std::string_view key) { return parameter_spec(key).default_number; }
consteval bool default_boolean(std::string_view key) { return parameter_spec(key).default_number != 0; }
consteval std::string_view default_text(std::string_view key) { return parameter_spec(key).default_text; }

/// The help sentence with unit, range or choices, and default: "Steps of the sampler (1 to 1000 steps; default: …)".
/// `with_default` false where the command-line parser prints the default itself.
std::string parameter_help(const ParameterSpec& spec, bool with_default = true);

/// Range, raster and choices of `spec` applied to a value; an empty text when it is well.
std::string parameter_problem(const ParameterSpec& spec, double value);
std::string parameter_problem(const ParameterSpec& spec, const std::string& value);

/// Read the member named like `spec`, with its range or choices; a missing member leaves `value`, a wrong one adds a problem.
void read_parameter(JsonReader& reader, const ParameterSpec& spec, bool& value);
void read_parameter(JsonReader& reader, const ParameterSpec& spec, int64_t& value);
void read_parameter(JsonReader& reader, const ParameterSpec& spec, double& value);
void read_parameter(JsonReader& reader, const ParameterSpec& spec, std::string& value);

}  // namespace darkroom
