// SPDX-License-Identifier: Apache-2.0
// A single phase of the recipe is cut out of the recipe, so that its values stand once.
#include "core/plan/plan_templates.h"

#include "core/base/format.h"
#include "core/base/resources.h"

namespace darkroom {
namespace {

constexpr std::string_view recipe_name = "recipe";
constexpr std::string_view pocket_name = "pocket_demo";

TrainingPlan read_template(std::string_view name) {
  const std::filesystem::path file = resource_path(format("plans/{}.json", name));
  std::vector<Problem> problems;
  TrainingPlan plan = parse_plan(read_json_file(file), problems);
  if (!problems.empty()) {
    throw Error(ErrorCode::failed, problems_text(file.string(), problems));
  }
  return plan;
}

}  // namespace

std::vector<PlanTemplate> plan_templates() {
  std::vector<PlanTemplate> templates{
      {std::string(recipe_name), "The whole recipe: Stable Diffusion 1.x from scratch in seven phases, 48 epochs."},
      {std::string(pocket_name), "The pocket model on the demo pictures: minutes on two CPU cores."}};
  const TrainingPlan recipe = read_template(recipe_name);
  for (size_t i = 0; i < recipe.phases.size(); ++i) {
    templates.push_back({recipe.phases[i].name, format("Phase {} of the recipe alone: {} epochs, peak learning rate {}.", i + 1,
                                                       recipe.phases[i].epochs, recipe.phases[i].peak_lr)});
  }
  return templates;
}

TrainingPlan plan_template(std::string_view name) {
  if (name == recipe_name || name == pocket_name) {
    return read_template(name);
  }
  TrainingPlan plan = read_template(recipe_name);
  std::vector<std::string> known{std::string(recipe_name), std::string(pocket_name)};
  for (const PhasePlan& phase : plan.phases) {
    known.push_back(phase.name);
    if (phase.name == name) {
      plan.name = phase.name;
      plan.phases = {PhasePlan(phase)};
      return plan;
    }
  }
  const auto near = nearest_name(name, known);
  fail(ErrorCode::usage, "There is no plan template \"{}\"{}; known are {}.", name, near ? format(" (did you mean {}?)", *near) : "",
       fmt::join(known, ", "));
}

}  // namespace darkroom
