// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/engine/bench_cases.h"
#include "core/engine/commands.h"
#include "core/engine/device_list.h"
#include "core/model/model_writer.h"

namespace darkroom {
namespace {

struct BenchArguments {
  std::vector<std::string> what;
  std::string device = "auto";
  std::string model = "pocket";
  std::optional<int64_t> width;
  std::optional<int64_t> height;
  int64_t batch = 1;
  std::string dtype = "fp32";
  int64_t repeat = 5;
  std::optional<int64_t> steps;
  std::string recompute = "auto";
  std::string file;
};

double to_microseconds(double ms) { return std::round(ms * 1e3) / 1e3; }

Json to_json(const BenchFigures& figures, int64_t repeat) {
  Json json{{"bench", figures.bench},
            {"median_ms", to_microseconds(figures.median_ms)},
            {"min_ms", to_microseconds(figures.min_ms)},
            {"device", figures.device},
            {"dtype", figures.dtype},
            {"shape", figures.shape},
            {"repeat", repeat}};
  json.update(figures.more);
  return json;
}

std::string to_text(const BenchFigures& figures) {
  std::string line = format("{:<12}{:>11.3f} ms  min {:>11.3f} ms  {:<7} {:<5}  {:<18}", figures.bench, figures.median_ms, figures.min_ms,
                            figures.device, figures.dtype, format("{}", figures.shape));
  for (const auto& [name, value] : figures.more.items()) {
    line += value.is_number_float() ? format("  {} {:.5g}", name, value.get<double>())
                                    : format("  {} {}", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return line;
}

void bench(const BenchArguments& options, CommandContext& context) {
  const bool all = options.what.empty();
  const std::vector<std::string>& wanted = all ? bench_names() : options.what;
  const BenchSettings settings{.device = resolve_device(options.device),
                               .dtype = dtype_from_name(options.dtype),
                               .width = options.width,
                               .height = options.height,
                               .batch = options.batch,
                               .repeat = options.repeat,
                               .steps = options.steps,
                               .file = options.file,
                               .recompute = options.recompute == "auto" ? std::nullopt : std::optional(options.recompute == "on"),
                               .cancel = context.cancel};
  std::optional<BenchModel> model;
  if (std::any_of(wanted.begin(), wanted.end(), [](const std::string& name) { return bench_needs_model(name); })) {
    model.emplace(options.model);
  }
  const auto obstacle_of = [&](const std::string& name) { return model ? bench_obstacle(name, *model, settings) : std::nullopt; };
  if (!all) {  // what was asked for by name is refused before the first minute is spent
    for (const std::string& name : wanted) {
      if (const std::optional<BenchObstacle> obstacle = obstacle_of(name)) {
        fail(obstacle->code, "{}", obstacle->reason);
      }
    }
  }
  int64_t run = 0;
  for (const std::string& name : wanted) {
    if (const std::optional<BenchObstacle> obstacle = obstacle_of(name)) {
      context.output.event("skipped", {{"bench", name}, {"reason", obstacle->reason}});
      context.output.say(format("{:<12} skipped: {}", name, obstacle->reason));
      continue;
    }
    const BenchFigures figures = run_bench(name, model ? &*model : nullptr, settings);
    context.output.event("bench", to_json(figures, options.repeat));
    context.output.say(to_text(figures));
    ++run;
  }
  context.output.done({{"benches", run}, {"device", settings.device.str()}, {"model", options.model}});
}

}  // namespace

void add_bench_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<BenchArguments>();
  CLI::App* command = add_command(app, context, "bench", "How fast this device trains, samples and encodes");
  command->add_option("what", options->what, "What to measure; none given: all")->check(CLI::IsMember(bench_names()));
  command->add_option("--device", options->device, "auto, cpu, cuda:0, …");
  command->add_option("--model", options->model,
                      "pocket, a model folder or a run's checkpoint; or sd15 or scratch: that layout with random weights");
  command->add_option("--width", options->width, "Width of the picture in px, as the model was made for by default")
      ->check(CLI::PositiveNumber);
  command->add_option("--height", options->height, "Height of the picture in px, as the model was made for by default")
      ->check(CLI::PositiveNumber);
  command->add_option("--batch", options->batch, "Pictures or captions at a time")->check(CLI::PositiveNumber);
  command->add_option("--dtype", options->dtype, "Number format of the networks")->check(CLI::IsMember({"fp32", "bf16", "fp16"}));
  command->add_option("--repeat", options->repeat, "Timed runs, after one to warm up")->check(CLI::PositiveNumber);
  command->add_option("--steps", options->steps, "Sampling steps of image, as for generate by default")->check(CLI::PositiveNumber);
  command->add_option("--recompute", options->recompute, "Whether train_step computes activations twice to save memory")
      ->check(CLI::IsMember({"auto", "on", "off"}));
  command->add_option("--file", options->file,
                      "For tokenize: captions, one a line (composed ones by default). For filter: parquet metadata, a file or a folder. "
                      "For image_decode: a folder of pictures");
  command->callback([&context, options] {
    context.action = [&context, options] {
      keep_freed_memory();
      bench(*options, context);
    };
  });
}

}  // namespace darkroom
