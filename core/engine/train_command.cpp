// SPDX-License-Identifier: Apache-2.0
// `train` as a user types it: alone it supervises, in the environment of a launcher it is one rank.
#include "core/engine/train_command.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/distributed/rank_environment.h"
#include "core/engine/train_rank.h"
#include "core/engine/train_supervisor.h"

namespace darkroom {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

struct TrainArguments {
  TrainRequest request;
  std::string devices;
  int64_t max_steps = 0;
};

// A name stands in lists on a line of its own.
void check_name(const TrainRequest& request) {
  if (!request.name) {
    return;
  }
  if (request.resume) {
    fail(ErrorCode::usage, "--name: {} keeps the name that it began with; leave --name out with --resume.", request.run);
  }
  const bool seen = std::any_of(request.name->begin(), request.name->end(), [](unsigned char c) { return c > ' ' && c != 0x7F; });
  const bool broken = std::any_of(request.name->begin(), request.name->end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (!seen || broken) {
    fail(ErrorCode::usage, "--name: expected a name of at least one letter on one line, got \"{}\".", *request.name);
  }
}

void train(const TrainArguments& options, CommandContext& context) {
  TrainRequest request = options.request;
  check_name(request);
  request.devices = split(options.devices);
  if (options.max_steps > 0) {
    request.max_steps = options.max_steps;
  }
  if (const std::optional<RankPlace> place = rank_place_from_environment()) {
    run_rank(request, *place, context);
  } else {
    supervise_training(request, context);
  }
}

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<TrainArguments>();
  CLI::App* command = add_command(app, context, "train", "Train a model by a plan: one process a device, resumable");
  command->add_option("--plan", options->request.plan, "plan.json of a new run; with --resume: an edited plan");
  command->add_option("--run", options->request.run, "Run directory")->required();
  command->add_option("--name", options->request.name, "Name of a new run in lists; the plan's without it");
  command->add_option("--devices", options->devices, "One rank for each: cuda:0,cuda:1 or cpu,cpu; as at the last launch with --resume");
  command->add_flag("--resume", options->request.resume, "Go on from the newest checkpoint");
  command->add_option("--max-steps", options->max_steps, "End, saved, when the run has so many optimiser steps; 0: at the plan's end")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--restarts", options->request.restarts,
                   "Times that the ranks are started again from the newest checkpoint after one was killed or hung")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--heartbeat-timeout", options->request.heartbeat_s,
                   "Seconds after which a rank that is not heard hangs, and is ended; 0: never")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--deterministic", options->request.deterministic, "Only kernels that repeat bit for bit (slower on a GPU)");
  command->callback([&context, options] { context.action = [&context, options] { train(*options, context); }; });
}

}  // namespace darkroom
