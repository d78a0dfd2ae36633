// SPDX-License-Identifier: Apache-2.0
// A single phase of the recipe is cut out of the recipe, so that its values stand once. The recipe's second phase has the Min-SNR gamma
// that the source run ended with: 3, as 2 (its epoch 16) hurt faces.
#include "core/plan/plan_templates.h"

#include "core/base/format.h"
#include "core/base/resources.h"

namespace darkroom {
namespace {

struct TemplateFile {
  std::string_view name;  ///< of the template and of its file under resources/plans
  std::string_view description;
};

constexpr std::string_view recipe_name = "recipe";
constexpr TemplateFile template_files[] = {
    {recipe_name, "The whole recipe: Stable Diffusion 1.x from scratch in seven phases, 48 epochs."},
    {"fine_tune", "A model that is already good, taught a dataset of your own: a low rate, ten epochs."},
    {"pocket_demo", "The pocket model on the demo pictures: minutes on two CPU cores."},
    {"pocket_seven_phases",
     "The recipe's seven phases on the demo pictures, 48 short epochs: resources/demo/split_demo.py makes the sources."}};

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
  std::vector<PlanTemplate> templates;
  for (const TemplateFile& file : template_files) {
    templates.push_back({std::string(file.name), std::string(file.description)});
  }
  const TrainingPlan recipe = read_template(recipe_name);
  for (size_t i = 0; i < recipe.phases.size(); ++i) {
    templates.push_back({recipe.phases[i].name, format("Phase {} of the recipe alone: {} epochs, peak learning rate {}.", i + 1,
                                                       recipe.phases[i].epochs, recipe.phases[i].peak_lr)});
  }
  return templates;
}

TrainingPlan plan_template(std::string_view name) {
  std::vector<std::string> known;
  for (const TemplateFile& file : template_files) {
    known.emplace_back(file.name);
    if (file.name == name) {
      return read_template(name);
    }
  }
  TrainingPlan plan = read_template(recipe_name);
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
