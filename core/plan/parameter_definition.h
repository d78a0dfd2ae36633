// SPDX-License-Identifier: Apache-2.0
// What is said about one value that a user can set. The values themselves stand in generate_parameters.h, plan_parameters.h and
// phase_parameters.h.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace darkroom {

inline constexpr double largest_seed = 9007199254740991.0;  // 2^53 - 1: exact in every JSON reader

enum class ParameterKind {
  integer,  ///< int64
  real,     ///< double
  boolean,
  text,    ///< free text
  path,    ///< a file or folder
  choice,  ///< one of `choices`
};

/// How a slider should spread its values.
enum class ParameterScale { linear, logarithmic };

/// What stands in a field that nobody set.
enum class DefaultKind {
  value,   ///< `default_number` or `default_text`
  derived  ///< decided from something else (the model's own scheduler, the device); `default_text` says from what
};

struct ParameterSpec {
  std::string_view key;     ///< "generate.cfg_scale": group, dot, JSON spelling
  std::string_view option;  ///< command-line spelling without dashes: "cfg"; empty where there is no such option
  std::string_view label;   ///< for forms: "CFG scale"
  ParameterKind kind = ParameterKind::real;
  std::string_view unit;  ///< "steps", "px"; empty where there is none
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  double step = 0;  ///< of a spin box; for integers also the raster that values must lie on when above 1
  ParameterScale scale = ParameterScale::linear;
  DefaultKind default_kind = DefaultKind::value;
  double default_number = 0;      ///< integers, reals; booleans as 0 and 1
  std::string_view default_text;  ///< texts, paths, choices
  std::span<const std::string_view> choices;
  bool repeated = false;  ///< may be given several times: a list in JSON
  std::string_view help;  ///< one sentence

  constexpr std::string_view group() const { return key.substr(0, key.find('.')); }
  constexpr std::string_view name() const { return key.substr(key.find('.') + 1); }
};

}  // namespace darkroom
