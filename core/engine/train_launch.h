// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace darkroom {

/// What is to be started.
struct LaunchRequest {
  std::filesystem::path plan;  ///< unused with `resume`
  std::filesystem::path run;
  std::vector<std::string> devices;  ///< one rank each; empty: the engine's choice
  bool resume = false;
  std::optional<std::string> name;  ///< of a new run; absent: the plan's
};

struct TrainingLaunch {
  std::filesystem::path run;  ///< absolute
  int64_t pid = 0;            ///< of the supervisor
};

/// Starts `darkroom-engine train` as a supervisor in a session of its own, and waits until it holds the run's lock.
///
/// throws  Error{busy} when the run is running; Error with the supervisor's own words when it ends before it holds the lock
TrainingLaunch launch_training(const LaunchRequest& request);

}  // namespace darkroom
