// SPDX-License-Identifier: Apache-2.0
#include "core/engine/train_rank.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/base/log.h"
#include "core/distributed/launcher.h"
#include "core/engine/device_list.h"
#include "core/engine/version.h"
#include "core/run/journal.h"
#include "core/run/run_lock.h"
#include "core/train/trainer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr double wait_for_run_s = 60;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// Started by torchrun or SLURM: the other ranks wait until rank 0 has made the run.
RunDirectory wait_for_run(const fs::path& folder) {
  const double started_s = monotonic_seconds();
  while (!RunDirectory::is_run(folder)) {
    if (monotonic_seconds() - started_s > wait_for_run_s) {
      fail(ErrorCode::not_found, "{}: rank 0 did not make the run within {} s", folder.string(), wait_for_run_s);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return RunDirectory::open(folder);
}

fs::path meeting_file(const RunDirectory& run) {
  const std::string given = variable(rendezvous_variable);
  if (!given.empty()) {
    return given;
  }
  const std::string launch = variable("TORCHELASTIC_RUN_ID") + variable("SLURM_JOB_ID") + "_" + variable("MASTER_PORT") + "_" +
                             variable("TORCHELASTIC_RESTART_COUNT");
  return run.folder() / ("rendezvous_" + launch);
}

torch::Device device_of(const TrainRequest& request, const RankPlace& place) {
  const std::vector<std::string>& devices = request.devices;
  const auto index = static_cast<size_t>(place.local_rank);
  if (devices.size() > 1 && index >= devices.size()) {
    fail(ErrorCode::usage, "--devices names {} devices, but this is local rank {}", devices.size(), place.local_rank);
  }
  if (devices.empty()) {
    // Each rank of a machine takes a CUDA device of its own, where there are any.
    const torch::Device best = resolve_device("auto");
    return best.is_cuda() ? resolve_device(format("cuda:{}", place.local_rank)) : best;
  }
  return resolve_device(devices.size() == 1 ? devices.front() : devices[index]);
}

// Ranks on the CPU share its cores; the number is part of what makes a run repeatable.
void set_threads(const TrainRequest& request, const RankPlace& place, torch::Device device) {
  if (device.is_cpu()) {
    const int ranks = local_world_size_from_environment(place);
    at::set_num_threads(std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / std::max(1, ranks)));
  }
  if (request.deterministic) {
    at::globalContext().setDeterministicAlgorithms(true, false);
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
  }
}

}  // namespace

void take_edited_plan(const TrainRequest& request, const RunDirectory& run) {
  if (!request.resume || request.plan.empty()) {
    return;
  }
  const TrainingPlan plan = read_plan(request.plan);
  const std::string before = plan_hash(run.plan());
  if (plan_hash(plan) != before) {
    write_file_atomically(run.plan_file(), to_json(plan).dump(2) + "\n");
    Journal(run.journal_file()).append(JournalEvent::edited, {{"pointer", ""}, {"from", before}, {"to", plan_hash(plan)}});
  }
}

RunDirectory open_or_create_run(const TrainRequest& request) {
  if (request.resume || (launched_again() && RunDirectory::is_run(request.run))) {
    return RunDirectory::open(request.run);
  }
  if (request.plan.empty()) {
    fail(ErrorCode::usage, "train needs --plan FILE for a new run, or --resume to go on with the run in --run.");
  }
  const TrainingPlan plan = read_plan(request.plan);
  std::vector<Problem> problems;
  check_plan_paths(plan, fs::absolute(request.plan).parent_path(), problems);
  if (!problems.empty()) {
    throw Error(ErrorCode::bad_input, problems_text(request.plan, problems));
  }
  if (RunDirectory::is_run(request.run)) {
    fail(ErrorCode::bad_input, "{}: there is a run already. Go on with it by --resume, or give another folder.", request.run);
  }
  return RunDirectory::create(request.run, plan, request.name.value_or(plan.name), engine_version(), run_parent_of(plan.model.init_from));
}

void run_rank(const TrainRequest& request, const RankPlace& place, CommandContext& context) {
  keep_freed_memory();
  follow_supervisor();
  const bool supervised = !variable(rendezvous_variable).empty();
  std::optional<RunLock> lock;
  const RunDirectory run = supervised        ? RunDirectory::open(request.run)
                           : place.rank == 0 ? open_or_create_run(request)
                                             : wait_for_run(request.run);
  RunControl control(run, supervised || place.rank > 0 ? EarlierRequests::keep : EarlierRequests::forget);
  init_log({.role = "train", .rank = place.rank, .run_id = run.info().id});
  if (!supervised && place.rank == 0) {
    lock.emplace(run.lock_file());
    run.remove_leftovers();
    take_edited_plan(request, run);
    Journal(run.journal_file())
        .append(
            JournalEvent::launched,
            {{"devices", request.devices}, {"world_size", place.world_size}, {"pid", getpid()}, {"deterministic", request.deterministic}});
  }
  const torch::Device device = device_of(request, place);
  set_threads(request, place, device);
  log().info("rank {} of {} on {} with {} threads, engine {}", place.rank, place.world_size, device.str(), at::get_num_threads(),
             engine_version());
  try {
    const std::unique_ptr<ProcessGroup> group = join_process_group({.place = place,
                                                                    .device = device,
                                                                    .store_file = meeting_file(run),
                                                                    .meeting = supervised ? std::nullopt : meeting_point_from_environment(),
                                                                    .timeout = std::chrono::minutes(30)});
    const TrainingPlan plan = run.plan();
    const TrainingResult result =
        run_training(run, plan, *group, {.device = device, .max_steps = request.max_steps}, control, context.cancel);
    log().info("rank {} ends at step {}", place.rank, result.step);
    const int code = result.end == TrainingEnd::stopped ? exit_interrupted : 0;
    context.exit_code = [code] { return code; };
  } catch (const Error& error) {
    if (error.code() != ErrorCode::peer_died) {
      throw;
    }
    log().error("{}", error.what());
    context.exit_code = [] { return exit_lost_peers; };
  }
}

}  // namespace darkroom
