// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/diffusion/noise_schedule.h"

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

/// One move of a sampler: from the noise level of train step `t` to the one before it.
struct TimestepMove {
  int64_t t = 0;                  ///< where the model is asked
  int64_t previous = 0;           ///< where the move ends; below 0 for the last one
  double alpha_bar = 0;           ///< at t
  double alpha_bar_previous = 0;  ///< at `previous`; below step 0 the final value of the plan
};

/// How the last move ends.
struct SpacingOptions {
  TimestepSpacing spacing = TimestepSpacing::leading;
  int64_t steps_offset = 1;       ///< of `leading`
  bool set_alpha_to_one = false;  ///< alpha_bar below step 0: 1, or alpha_bar[0]; source_run always has 1
};

/// steps_offset, set_alpha_to_one and timestep_spacing of a diffusers scheduler_config.json; missing keys are diffusers' own defaults
/// (offset 0, set_alpha_to_one true, leading). throws Error{bad_input} naming `where`
SpacingOptions spacing_from_config(const Json& scheduler_config, std::string_view where);

/// The moves of `steps` sampling steps, in the order in which they are made (t falling).
///
/// `previous` is t - T / steps as in diffusers, whatever the spacing; timesteps equal diffusers' DDIMScheduler for the three shared
/// spacings. throws  std::invalid_argument: steps outside 1 … T, or a spacing and offset that reach beyond T-1
std::vector<TimestepMove> plan_timesteps(const NoiseSchedule& schedule, int64_t steps, const SpacingOptions& options);

}  // namespace darkroom
