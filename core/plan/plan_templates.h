// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/training_plan.h"

namespace darkroom {

struct PlanTemplate {
  std::string name;         ///< as on the command line: "recipe"
  std::string description;  ///< one sentence for lists
};

/// The whole recipe, a fine-tune, the pocket demo, the seven phases for the pocket model, and each phase of the recipe alone.
/// Their one definition: resources/plans/*.json.
std::vector<PlanTemplate> plan_templates();

/// throws  Error{usage} naming the templates there are (and the nearest), Error{not_found} when the resource files are missing
TrainingPlan plan_template(std::string_view name);

}  // namespace darkroom
