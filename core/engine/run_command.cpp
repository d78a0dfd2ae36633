// SPDX-License-Identifier: Apache-2.0
#include "core/engine/run_command.h"

#include <unistd.h>

#include "core/base/format.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/state_hash.h"
#include "core/engine/run_batch.h"
#include "core/engine/run_verify.h"
#include "core/engine/train_launch.h"
#include "core/model/model_writer.h"
#include "core/run/run_control.h"
#include "core/run/run_directory.h"

namespace darkroom {
namespace {

struct RunArguments {
  std::string run;
  std::optional<int64_t> step;
  std::string out;
  std::string weights = "ema";
  std::string dtype = "fp32";
  std::optional<int64_t> steps;
  std::optional<std::string> pictures;
};

std::string status_text(const RunStatus& status) {
  std::string text = format("{} \"{}\": {}, step {}", status.id, status.name, run_state_name(status.state), status.step);
  if (status.total_steps > 0) {
    text += format(" of {}", status.total_steps);
  }
  text += format(", epoch {:.2f} of {}", status.epoch, status.epochs);
  if (!status.phase_name.empty()) {
    text += format(", phase {}", status.phase_name);
  }
  if (status.loss) {
    text += format(", loss {:.4f}", *status.loss);
  }
  if (status.images_per_s) {
    text += format(", {:.1f} images/s", *status.images_per_s);
  }
  text += status.checkpoint_step > 0 ? format("\nNewest checkpoint: step {}", status.checkpoint_step) : std::string("\nNo checkpoint yet");
  if (!status.reason.empty()) {
    text += "\n" + status.reason;
  }
  return text;
}

void show_status(const RunArguments& options, CommandContext& context) {
  const RunStatus status = RunDirectory::open(options.run).status();
  context.output.done(to_json(status), status_text(status));
}

void ask(const RunArguments& options, CommandContext& context, RunRequestKind kind, const char* what_happens) {
  const RunDirectory run = RunDirectory::open(options.run);
  const std::string_view name = run_request_name(kind);
  send_request(run, kind, format("darkroom-engine run {} (pid {})", name, getpid()));
  context.output.done({{"run", run.folder().string()}, {"requested", name}}, what_happens);
}

void stop_run(const RunArguments& options, CommandContext& context) {
  ask(options, context, RunRequestKind::stop, "The run ends after its current step, with its state saved.");
}

void save_run(const RunArguments& options, CommandContext& context) {
  ask(options, context, RunRequestKind::save, "The run saves after its current step, and goes on.");
}

void sample_run(const RunArguments& options, CommandContext& context) {
  if (!RunDirectory::open(options.run).plan().has_samples()) {
    fail(ErrorCode::bad_input, "{}: its plan has neither validation.prompts nor validation.samples, so there is nothing to draw.",
         options.run);
  }
  ask(options, context, RunRequestKind::sample, "The run draws its sample pictures and validates, and goes on.");
}

void pause_run(const RunArguments& options, CommandContext& context) {
  ask(options, context, RunRequestKind::pause,
      "The run saves after its current step and frees its devices; `run resume` goes on from there.");
}

// A paused run is asked; one that nobody runs any more is started again.
void resume_run(const RunArguments& options, CommandContext& context) {
  const RunDirectory run = RunDirectory::open(options.run);
  if (run.status().state == RunState::paused) {
    ask(options, context, RunRequestKind::resume, "The run goes on.");
    return;
  }
  const TrainingLaunch launch = launch_training({.plan = {}, .run = run.folder(), .devices = {}, .resume = true, .name = {}});
  context.output.done({{"run", launch.run.string()}, {"pid", launch.pid}},
                      format("The run goes on from its newest checkpoint, in process {}.", launch.pid));
}

// The checkpoint that --step names, or the newest; its files are what was written.
CheckpointInfo chosen_checkpoint(const RunDirectory& run, const RunArguments& options) {
  std::optional<CheckpointInfo> chosen = run.newest_checkpoint();
  if (options.step) {
    chosen = std::nullopt;
    for (const CheckpointInfo& info : run.checkpoints()) {
      if (info.step == *options.step) {
        chosen = info;
      }
    }
  }
  if (!chosen) {
    fail(ErrorCode::not_found, "{}: has no complete checkpoint{}", run.folder().string(),
         options.step ? format(" of step {}", *options.step) : std::string());
  }
  verify_checkpoint(chosen->folder);
  return *chosen;
}

void hash_run(const RunArguments& options, CommandContext& context) {
  const RunDirectory run = RunDirectory::open(options.run);
  const CheckpointInfo chosen = chosen_checkpoint(run, options);
  const std::string hash = checkpoint_state_hash(chosen.folder);
  Json parts = Json::object();
  for (const StatePart& part : checkpoint_state_parts(chosen.folder)) {
    parts[part.name] = part.hash;
  }
  context.output.done({{"run", run.folder().string()}, {"step", chosen.step}, {"hash", hash}, {"parts", parts}},
                      format("{}  step {}", hash, chosen.step));
}

void verify_run(const RunArguments& options, CommandContext& context) {
  const RunDirectory run = RunDirectory::open(options.run);
  context.output.say(format("Replaying steps of {} in a scratch copy …", run.folder().string()));
  const ReplayResult result = replay_run(run, {.from = options.step, .steps = options.steps}, context.cancel);
  const char* against = result.against == "checkpoint" ? "the run's own checkpoint" : "a second replay";
  Json fields{{"run", run.folder().string()}, {"from", result.from}, {"to", result.to},
              {"against", result.against},    {"hash", result.hash}, {"bit_exact", !result.difference}};
  if (!result.difference) {
    context.output.done(
        fields, format("bit-exact: steps {} to {} repeat {} in every buffer ({})", result.from + 1, result.to, against, result.hash));
    return;
  }
  fields["part"] = result.difference->part;
  fields["detail"] = result.difference->detail;
  context.exit_code = [] { return 1; };
  context.output.done(fields, format("Different: steps {} to {} end with another {} than {}. {}", result.from + 1, result.to,
                                     result.difference->part, against, result.difference->detail));
}

void export_run(const RunArguments& options, CommandContext& context) {
  const RunDirectory run = RunDirectory::open(options.run);
  const CheckpointInfo chosen = chosen_checkpoint(run, options);
  const ModelPaths paths = resolve_model(chosen.folder, options.weights == "live" ? WeightsChoice::live : WeightsChoice::ema);
  const ModelParts parts = load_model(paths, {.convolution_memory = ConvolutionMemory::contiguous});
  write_model_folder(options.out, parts, dtype_from_name(options.dtype));
  context.output.done({{"run", run.folder().string()},
                       {"step", chosen.step},
                       {"weights", paths.weights_used},
                       {"dtype", options.dtype},
                       {"out", options.out}},
                      format("Step {} with its {} weights lies in {} as a diffusers folder, {}", chosen.step, paths.weights_used,
                             options.out, options.dtype));
}

void batch_of_run(const RunArguments& options, CommandContext& context) {
  show_batch(RunDirectory::open(options.run), options.step, options.pictures, context);
}

void add_verb(CLI::App& group, CommandContext& context, const char* name, const char* help, const std::shared_ptr<RunArguments>& options,
              void (*action)(const RunArguments&, CommandContext&)) {
  CLI::App* command = add_command(group, context, name, help);
  command->add_option("run", options->run, "Run directory")->required();
  if (action == &verify_run) {
    command->add_option("--step", options->step, "Checkpoint to replay from; else the newest that has a later one")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--steps", options->steps, "How many steps; else up to the next checkpoint")->check(CLI::PositiveNumber);
  }
  if (action == &hash_run || action == &export_run) {
    command->add_option("--step", options->step, "Of this checkpoint instead of the newest")->check(CLI::NonNegativeNumber);
  }
  if (action == &batch_of_run) {
    command->add_option("--step", options->step, "Optimiser step; else the newest")->check(CLI::PositiveNumber);
    command->add_option("--pictures", options->pictures, "Also write the samples' pictures into this folder, decoded from their latents");
  }
  if (action == &export_run) {
    command->add_option("--out", options->out, "Folder to create")->required();
    command->add_option("--weights", options->weights, "Moving average, or as the optimiser left them")
        ->check(CLI::IsMember({"ema", "live"}));
    command->add_option("--dtype", options->dtype, "Number format in the files")->check(CLI::IsMember({"fp32", "fp16", "bf16"}));
  }
  command->callback([&context, options, action] { context.action = [&context, options, action] { action(*options, context); }; });
}

}  // namespace

void add_run_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<RunArguments>();
  CLI::App* group = app.add_subcommand("run", "Look at a training run, or ask it for something");
  group->require_subcommand(1);
  add_verb(*group, context, "status", "Where the run stands", options, &show_status);
  add_verb(*group, context, "stop", "End the run after its current step, with its state saved", options, &stop_run);
  add_verb(*group, context, "save", "Write a checkpoint after the current step, and go on", options, &save_run);
  add_verb(*group, context, "sample", "Draw the plan's sample pictures and validate now, and go on", options, &sample_run);
  add_verb(*group, context, "pause", "Free the devices after the current step, with the state saved", options, &pause_run);
  add_verb(*group, context, "resume", "Go on after a pause, or from the newest checkpoint", options, &resume_run);
  add_verb(*group, context, "batch", "What the batch of a step held: keys, captions, noise levels, pictures", options, &batch_of_run);
  add_verb(*group, context, "verify", "Replay steps from a checkpoint and compare every buffer", options, &verify_run);
  add_verb(*group, context, "hash", "One hash over parameters, moments, EMA and cursor of a checkpoint", options, &hash_run);
  add_verb(*group, context, "export", "A checkpoint as a model folder (diffusers layout)", options, &export_run);
}

}  // namespace darkroom
