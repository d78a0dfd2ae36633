// SPDX-License-Identifier: Apache-2.0
// What the tests of schedules and samplers share: Stable Diffusion 1.5's schedule, a model with a formula, goldens.
#pragma once

#include <cmath>
#include <map>
#include <string>

#include "core/base/json.h"
#include "core/diffusion/noise_schedule.h"

namespace darkroom::test {

inline const NoiseSchedule& sd15() {
  static const NoiseSchedule schedule = NoiseSchedule::scaled_linear(0.00085, 0.012, 1000);
  return schedule;
}

/// The model of the golden makers.
inline torch::Tensor analytic_model(const torch::Tensor& x, double t) { return torch::tanh(0.7 * x) + 0.1 * std::sin(t / 100); }

/// A file of golden/, read once.
inline const Json& golden(const std::string& name) {
  static std::map<std::string, Json> files;
  const auto found = files.find(name);
  return found != files.end() ? found->second : files.emplace(name, read_json_file(DARKROOM_TEST_DATA "/golden/" + name)).first->second;
}

}  // namespace darkroom::test
