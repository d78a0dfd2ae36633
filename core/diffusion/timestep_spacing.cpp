// SPDX-License-Identifier: Apache-2.0
// The schedulers of diffusers for leading, trailing and linspace, down to how NumPy rounds its steps (a half goes to the even side, and 48
// trailing steps meet one); the source run's sampler for source_run.
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

void check_steps(const char* where, int64_t train_steps, int64_t n, int64_t most) {
  if (n < 1 || n > most) {
    throw std::invalid_argument(format("[{}] steps must be 1 to {} of {} train steps, got {}", where, most, train_steps, n));
  }
}

// The k-th of n values counted down from T - 1 to 0, rounding as numpy.linspace does: a multiple of the step, not a share of the whole.
double from_top_to_zero(int64_t train_steps, int64_t n, int64_t k) {
  const auto top = static_cast<double>(train_steps - 1);
  return k == 0 ? top : static_cast<double>(n - 1 - k) * (top / static_cast<double>(n - 1));
}

// The k-th value of numpy.arange(T, 0, -T / n), whose step is the difference of its first two values.
double down_from_end(int64_t train_steps, int64_t n, int64_t k) {
  const auto end = static_cast<double>(train_steps);
  const double step = (end - end / static_cast<double>(n)) - end;
  return end + static_cast<double>(k) * step;
}

// k (T / n) + offset counted down from the top, for `n` values; `ratio` is T / n.
int64_t multiple(int64_t train_steps, int64_t n, int64_t ratio, int64_t offset, int64_t k) {
  // The offset gives way where it would leave the schedule: 1,000 steps of 1,000 have no room for one.
  return (n - 1 - k) * ratio + std::min(offset, train_steps - 1 - (n - 1) * ratio);
}

template <typename T, typename F>
std::vector<T> each_step(const char* where, int64_t train_steps, int64_t n, const F& value) {
  std::vector<T> values;
  values.reserve(static_cast<size_t>(n));
  for (int64_t k = 0; k < n; ++k) {
    const T t = static_cast<T>(value(k));
    if (t < 0 || t > static_cast<T>(train_steps - 1)) {
      throw std::invalid_argument(format("[{}] {} steps reach train step {} of {}", where, n, t, train_steps));
    }
    values.push_back(t);
  }
  return values;
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
  SpacingOptions options{.spacing = {}, .steps_offset = 0, .set_alpha_to_one = true};
  try {
    options.steps_offset = scheduler_config.value("steps_offset", int64_t{0});
    options.set_alpha_to_one = scheduler_config.value("set_alpha_to_one", true);
    if (scheduler_config.contains("timestep_spacing")) {
      options.spacing = timestep_spacing_from_name(scheduler_config.at("timestep_spacing").get<std::string>());
    }
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorCode::bad_input, "{}: steps_offset must be a whole number, set_alpha_to_one true or false, timestep_spacing a word ({})",
         where, error.what());
  } catch (const Error& error) {
    fail(ErrorCode::bad_input, "{}: /timestep_spacing: {}", where, error.what());
  }
  return options;
}

std::vector<int64_t> whole_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset) {
  check_steps("whole_timesteps", train_steps, n, train_steps);
  return each_step<int64_t>("whole_timesteps", train_steps, n, [&](int64_t k) -> int64_t {
    switch (spacing) {
      case TimestepSpacing::leading:
        return multiple(train_steps, n, train_steps / n, offset, k);
      case TimestepSpacing::source_run:
        return multiple(train_steps, n, train_steps / n, 0, k);
      case TimestepSpacing::trailing:
        return half_to_even(down_from_end(train_steps, n, k)) - 1;
      case TimestepSpacing::linspace:
        return n == 1 ? 0 : half_to_even(from_top_to_zero(train_steps, n, k));
    }
    throw std::invalid_argument("[whole_timesteps] unknown TimestepSpacing");
  });
}

std::vector<int64_t> upper_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset) {
  check_steps("upper_timesteps", train_steps, n, train_steps - 1);
  if (spacing == TimestepSpacing::trailing) {
    return whole_timesteps(train_steps, n, spacing, offset);
  }
  std::vector<int64_t> values = whole_timesteps(train_steps, n + 1, spacing, offset);
  values.pop_back();
  return values;
}

std::vector<double> real_timesteps(int64_t train_steps, int64_t n, TimestepSpacing spacing, int64_t offset) {
  if (spacing != TimestepSpacing::linspace) {
    const std::vector<int64_t> whole = whole_timesteps(train_steps, n, spacing, offset);
    return {whole.begin(), whole.end()};
  }
  check_steps("real_timesteps", train_steps, n, train_steps);
  return each_step<double>("real_timesteps", train_steps, n, [&](int64_t k) { return from_top_to_zero(train_steps, n, k); });
}

}  // namespace darkroom
