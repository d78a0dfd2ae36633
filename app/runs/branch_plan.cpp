// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/branch_plan.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {

TrainingPlan branchPlan(const TrainingPlan& plan, const std::string& checkpoint, int64_t phase, double epoch) {
  TrainingPlan branch = plan;
  branch.name = plan.name + ", branch";
  branch.model.init_from = checkpoint;
  branch.model.init_state = "all";
  if (branch.phases.empty()) {
    return branch;
  }
  const auto first = std::clamp<int64_t>(phase, 0, static_cast<int64_t>(branch.phases.size()) - 1);
  double end = 0;
  for (int64_t i = 0; i <= first; ++i) {
    end += static_cast<double>(branch.phases[static_cast<size_t>(i)].epochs);
  }
  branch.phases.erase(branch.phases.begin(), branch.phases.begin() + first);
  branch.phases.front().epochs = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(end - epoch - 1e-9)));
  return branch;
}

}  // namespace darkroom::app
