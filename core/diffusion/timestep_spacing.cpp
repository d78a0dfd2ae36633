// SPDX-License-Identifier: Apache-2.0
// diffusers' DDIMScheduler for leading, trailing and linspace, rounding half to even as NumPy does; the source run's sampler for
// source_run.
#include "core/diffusion/timestep_spacing.h"

#include <array>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::array<std::pair<TimestepSpacing, std::string_view>, 4> names{{{TimestepSpacing::leading, "leading"},
                                                                             {TimestepSpacing::trailing, "trailing"},
                                                                             {TimestepSpacing::linspace, "linspace"},
                                                                             {TimestepSpacing::source_run, "source_run"}}};

int64_t half_to_even(double value) { return static_cast<int64_t>(std::nearbyint(value)); }

int64_t timestep(TimestepSpacing spacing, int64_t train_steps, int64_t steps, int64_t offset, int64_t k) {
  const int64_t ratio = train_steps / steps;
  switch (spacing) {
    case TimestepSpacing::leading:
      // The offset gives way where it would leave the schedule: 1,000 steps of 1,000 have no room for one.
      return (steps - 1 - k) * ratio + std::min(offset, train_steps - 1 - (steps - 1) * ratio);
    case TimestepSpacing::source_run:
      return (steps - 1 - k) * ratio;
    case TimestepSpacing::trailing:
      return half_to_even(static_cast<double>(train_steps) -
                          static_cast<double>(k) * static_cast<double>(train_steps) / static_cast<double>(steps)) -
             1;
    case TimestepSpacing::linspace:
      return steps == 1
                 ? 0
                 : half_to_even(static_cast<double>(steps - 1 - k) * static_cast<double>(train_steps - 1) / static_cast<double>(steps - 1));
  }
  throw std::invalid_argument("[timestep] unknown TimestepSpacing");
}

}  // namespace

TimestepSpacing timestep_spacing_from_name(std::string_view name) {
  for (const auto& [spacing, word] : names) {
    if (word == name) {
      return spacing;
    }
  }
  fail(ErrorCode::usage, "spacing must be one of {}, got \"{}\"", fmt::join(timestep_spacing_names(), ", "), name);
}

std::string_view timestep_spacing_name(TimestepSpacing spacing) {
  for (const auto& [value, word] : names) {
    if (value == spacing) {
      return word;
    }
  }
  throw std::invalid_argument("[timestep_spacing_name] unknown TimestepSpacing");
}

std::vector<std::string> timestep_spacing_names() {
  std::vector<std::string> words;
  words.reserve(std::size(names));
  for (const auto& [spacing, word] : names) {
    words.emplace_back(word);
  }
  return words;
}

SpacingOptions spacing_from_config(const Json& scheduler_config, std::string_view where) {
  SpacingOptions options{.spacing = TimestepSpacing::leading, .steps_offset = 0, .set_alpha_to_one = true};
  try {
    options.steps_offset = scheduler_config.value("steps_offset", int64_t{0});
    options.set_alpha_to_one = scheduler_config.value("set_alpha_to_one", true);
    options.spacing = timestep_spacing_from_name(scheduler_config.value("timestep_spacing", std::string("leading")));
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorCode::bad_input, "{}: steps_offset must be a whole number, set_alpha_to_one true or false, timestep_spacing a word ({})",
         where, error.what());
  } catch (const Error& error) {
    fail(ErrorCode::bad_input, "{}: /timestep_spacing: {}", where, error.what());
  }
  return options;
}

std::vector<TimestepMove> plan_timesteps(const NoiseSchedule& schedule, int64_t steps, const SpacingOptions& options) {
  const int64_t train_steps = schedule.train_steps();
  if (steps < 1 || steps > train_steps) {
    throw std::invalid_argument(format("[plan_timesteps] steps must be 1 to {}, got {}", train_steps, steps));
  }
  const bool ends_at_one = options.set_alpha_to_one || options.spacing == TimestepSpacing::source_run;
  const double final_alpha_bar = ends_at_one ? 1.0 : schedule.alpha_bar.front();
  std::vector<TimestepMove> moves;
  moves.reserve(static_cast<size_t>(steps));
  for (int64_t k = 0; k < steps; ++k) {
    const int64_t t = timestep(options.spacing, train_steps, steps, options.steps_offset, k);
    if (t < 0 || t >= train_steps) {
      throw std::invalid_argument(
          format("[plan_timesteps] {} steps with offset {} reach train step {} of {}", steps, options.steps_offset, t, train_steps));
    }
    const int64_t previous = t - train_steps / steps;
    moves.push_back({t, previous, schedule.alpha_bar[static_cast<size_t>(t)],
                     previous >= 0 ? schedule.alpha_bar[static_cast<size_t>(previous)] : final_alpha_bar});
  }
  return moves;
}

}  // namespace darkroom
