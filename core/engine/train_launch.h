// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace darkroom {

struct TrainingLaunch {
  std::filesystem::path run;  ///< absolute
  int64_t pid = 0;            ///< of the supervisor
};

/// Starts `darkroom-engine train` as a supervisor in a session of its own, and waits until it holds the run's lock.
///
/// plan     unused with `resume`
/// devices  one rank each; empty: the engine's choice
/// throws   Error{busy} when the run is running; Error with the supervisor's own words when it ends before it holds the lock
TrainingLaunch launch_training(const std::filesystem::path& plan, const std::filesystem::path& run, const std::vector<std::string>& devices,
                               bool resume);

}  // namespace darkroom
