// SPDX-License-Identifier: Apache-2.0
// A plan may be written on one machine and run on another: paths that are missing here are notes, unless --paths asks for them.
#include "core/engine/plan_command.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/engine/device_list.h"
#include "core/plan/plan_templates.h"
#include "core/plan/training_plan.h"
#include "core/train/forecast.h"

namespace darkroom {
namespace {

struct PlanCheckArguments {
  std::string file;
  bool paths = false;
};

struct TemplateOptions {
  std::string name;
  std::string out;
};

struct ForecastOptions {
  std::string file;
  std::vector<std::string> devices;
  bool probe = false;
};

Json problems_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) {
    list.push_back(Json{{"pointer", problem.pointer}, {"message", problem.message}});
  }
  return list;
}

void check_plan_file(const PlanCheckArguments& options, CommandContext& context) {
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

// Ranks on the CPU share its cores, here as in training.
void set_threads_of_a_rank(const std::vector<torch::Device>& devices) {
  const auto on_cpu = std::count_if(devices.begin(), devices.end(), [](torch::Device device) { return device.is_cpu(); });
  if (on_cpu > 1) {
    at::set_num_threads(std::max(1, static_cast<int>(std::thread::hardware_concurrency() / static_cast<unsigned>(on_cpu))));
  }
}

void forecast(const ForecastOptions& options, CommandContext& context) {
  const TrainingPlan plan = read_plan(options.file);
  std::vector<torch::Device> devices;
  for (const std::string& device : options.devices) {
    devices.push_back(resolve_device(device));
  }
  if (options.probe) {
    set_threads_of_a_rank(devices);
  }
  const PlanForecast made =
      forecast_plan(plan, forecast_devices(devices), options.probe ? ForecastFrom::measurement : ForecastFrom::arithmetic);
  context.output.done(to_json(made), forecast_text(made));
  if (!made.fits()) {
    context.exit_code = [] { return 1; };
  }
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
  CLI::App* plan = app.add_subcommand("plan", "Checks and forecasts training plans and writes ready-made ones");
  plan->require_subcommand(1);

  auto check = std::make_shared<PlanCheckArguments>();
  CLI::App* check_app = add_command(*plan, context, "check", "Every problem of a plan, with its JSON pointer");
  check_app->add_option("file", check->file, "plan.json")->required();
  check_app->add_flag("--paths", check->paths, "Folders that are missing on this machine are problems, not notes");
  check_app->callback([&context, check] { context.action = [&context, check] { check_plan_file(*check, context); }; });

  auto ahead = std::make_shared<ForecastOptions>();
  CLI::App* forecast_app =
      add_command(*plan, context, "forecast", "Memory, images a second, time and disk of each phase, before anything runs");
  forecast_app->add_option("file", ahead->file, "plan.json")->required();
  forecast_app->add_option("--devices", ahead->devices, "Devices of this machine, one rank each, with commas: cuda:0,cuda:1 or cpu,cpu")
      ->required()
      ->delimiter(',');
  forecast_app->add_flag("--probe", ahead->probe, "Measures on the first device: real steps at three batch sizes and a line through them");
  forecast_app->footer("Ends with 1 when a phase does not fit, after saying what would.");
  forecast_app->callback([&context, ahead] { context.action = [&context, ahead] { forecast(*ahead, context); }; });

  auto write = std::make_shared<TemplateOptions>();
  CLI::App* template_app = add_command(*plan, context, "template", "Writes a ready-made plan");
  template_app->add_option("name", write->name, template_help())->required();
  template_app->add_option("--out", write->out, "File to write")->required();
  template_app->callback([&context, write] { context.action = [&context, write] { write_template(*write, context); }; });
}

}  // namespace darkroom
