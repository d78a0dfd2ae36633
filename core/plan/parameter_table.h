// SPDX-License-Identifier: Apache-2.0
// The table itself, joined from its groups; include core/plan/parameter_spec.h.
#pragma once

#include <algorithm>
#include <array>

#include "core/plan/generate_parameters.h"
#include "core/plan/phase_parameters.h"
#include "core/plan/plan_parameters.h"

namespace darkroom {

inline constexpr auto parameter_table = [] {
  std::array<ParameterSpec, std::size(generate_parameters) + std::size(plan_parameters) + std::size(phase_parameters)> table;
  auto* end = std::copy(std::begin(generate_parameters), std::end(generate_parameters), table.data());
  end = std::copy(std::begin(plan_parameters), std::end(plan_parameters), end);
  std::copy(std::begin(phase_parameters), std::end(phase_parameters), end);
  return table;
}();

}  // namespace darkroom
