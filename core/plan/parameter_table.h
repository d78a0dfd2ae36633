// SPDX-License-Identifier: Apache-2.0
// The table itself, joined from its groups; include core/plan/parameter_spec.h.
#pragma once

#include <algorithm>
#include <array>

#include "core/plan/generate_parameters.h"
#include "core/plan/plan_parameters.h"

namespace darkroom {

inline constexpr auto parameter_table = [] {
  std::array<ParameterSpec, std::size(generate_parameters) + std::size(plan_parameters)> table;
  std::copy(std::begin(plan_parameters), std::end(plan_parameters),
            std::copy(std::begin(generate_parameters), std::end(generate_parameters), table.begin()));
  return table;
}();

}  // namespace darkroom
