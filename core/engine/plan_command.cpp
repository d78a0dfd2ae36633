// SPDX-License-Identifier: Apache-2.0
// A plan may be written on one machine and run on another: paths that are missing here are notes, unless --paths asks for them.
#include "core/engine/plan_command.h"

#include <filesystem>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/plan/plan_templates.h"
#include "core/plan/training_plan.h"

namespace darkroom {
namespace {

struct CheckOptions {
  std::string file;
  bool paths = false;
};

struct TemplateOptions {
  std::string name;
  std::string out;
};

Json problems_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) {
    list.push_back(Json{{"pointer", problem.pointer}, {"message", problem.message}});
  }
  return list;
}

void check_plan_file(const CheckOptions& options, CommandContext& context) {
  std::vector<Problem> problems;
  const TrainingPlan plan = parse_plan(read_json_file(options.file), problems);
  std::vector<Problem> notes = plan_notes(plan);
  if (problems.empty()) {
    check_plan_paths(plan, std::filesystem::absolute(options.file).parent_path(), options.paths ? problems : notes);
  }
  if (!problems.empty()) {
    context.output.event("problems", Json{{"problems", problems_json(problems)}});
    throw Error(ErrorCode::bad_input, problems_text(options.file, problems));
  }
  std::string text = format("{}: no problems; {} phase{}, {} epochs", options.file, plan.phases.size(), plan.phases.size() == 1 ? "" : "s",
                            plan.total_epochs());
  for (const Problem& note : notes) {
    text += format("\n  note: {}: {}", note.pointer, note.message);
  }
  context.output.done({{"file", options.file},
                       {"problems", Json::array()},
                       {"notes", problems_json(notes)},
                       {"phases", plan.phases.size()},
                       {"epochs", plan.total_epochs()},
                       {"plan_hash", plan_hash(plan)}},
                      text);
}

void write_template(const TemplateOptions& options, CommandContext& context) {
  const TrainingPlan plan = plan_template(options.name);
  std::filesystem::create_directories(std::filesystem::absolute(options.out).parent_path());
  write_file_atomically(options.out, to_json(plan).dump(2) + "\n");
  context.output.done({{"template", options.name}, {"out", options.out}, {"phases", plan.phases.size()}, {"epochs", plan.total_epochs()}},
                      format("The plan \"{}\" lies in {}; relative paths in it start at its folder.", options.name, options.out));
}

std::string template_help() {
  std::string text = "Template:";
  try {
    for (const PlanTemplate& entry : plan_templates()) {
      text += format("\n  {}: {}", entry.name, entry.description);
    }
  } catch (const Error&) {
    return "Template";  // resources are missing: said when one is asked for
  }
  return text;
}

}  // namespace

void add_plan_command(CLI::App& app, CommandContext& context) {
  CLI::App* plan = app.add_subcommand("plan", "Checks training plans and writes ready-made ones");
  plan->require_subcommand(1);

  auto check = std::make_shared<CheckOptions>();
  CLI::App* check_app = add_command(*plan, context, "check", "Every problem of a plan, with its JSON pointer");
  check_app->add_option("file", check->file, "plan.json")->required();
  check_app->add_flag("--paths", check->paths, "Folders that are missing on this machine are problems, not notes");
  check_app->callback([&context, check] { context.action = [&context, check] { check_plan_file(*check, context); }; });

  auto write = std::make_shared<TemplateOptions>();
  CLI::App* template_app = add_command(*plan, context, "template", "Writes a ready-made plan");
  template_app->add_option("name", write->name, template_help())->required();
  template_app->add_option("--out", write->out, "File to write")->required();
  template_app->callback([&context, write] { context.action = [&context, write] { write_template(*write, context); }; });
}

}  // namespace darkroom
