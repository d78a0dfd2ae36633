// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// Which train steps a sampler visits.
enum class TimestepSpacing {
  leading,     ///< k (T / n) + offset, as diffusers' SD 1.5 default (offset 1)
  trailing,    ///< counted down from T in steps of T / n, minus 1
  linspace,    ///< n points from 0 to T-1, both included
  source_run,  ///< k (T / n) without offset, and alpha_bar 1 below step 0: the sampler of the source run
};

/// Names as on the command line: leading | trailing | linspace | source_run. throws Error{usage} naming the allowed words
TimestepSpacing timestep_spacing_from_name(std::string_view name);
std::string_view timestep_spacing_name(TimestepSpacing spacing);
std::vector<std::string> timestep_spacing_names();

/// What a model's scheduler_config.json says about the train steps; the values here are those of SD 1.5.
struct SpacingOptions {
  std::optional<TimestepSpacing> spacing;  ///< absent: what diffusers' class for the sampler has as its default
  int64_t steps_offset = 1;                ///< of `leading`
  bool set_alpha_to_one = false;           ///< alpha_bar below step 0: 1, or alpha_bar[0]; source_run always has 1
};

/// steps_offset, set_alpha_to_one and timestep_spacing of a diffusers scheduler_config.json; missing keys are diffusers' own defaults
/// (offset 0, set_alpha_to_one true, no spacing). throws Error{bad_input} naming `where`
SpacingOptions spacing_from_config(const Json& scheduler_config, std::string_view where);

/// n whole train steps, falling, equal to diffusers' DDIMScheduler for the three shared spacings.
/// throws  std::invalid_argument: n outside 1 … T, or an offset that reaches beyond T-1
std::vector<int64_t> whole_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset);
/// As diffusers' multistep solvers take them: for leading, linspace and source_run the n upper of n + 1. throws as whole_timesteps
std::vector<int64_t> upper_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset);
/// As diffusers' Euler family: linspace keeps fractions. One step starts at the top. throws as whole_timesteps
std::vector<double> real_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset);

}  // namespace darkroom
