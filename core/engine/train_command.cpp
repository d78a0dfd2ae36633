// SPDX-License-Identifier: Apache-2.0
// The supervisor never touches a tensor: it starts the ranks, reads what they write into the run directory, and says why they ended.
#include "core/engine/train_command.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/distributed/launcher.h"
#include "core/engine/device_list.h"
#include "core/engine/train_rank.h"
#include "core/metrics/device_sample.h"
#include "core/metrics/json_lines.h"
#include "core/metrics/metrics_log.h"
#include "core/run/journal.h"
#include "core/run/run_lock.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int exit_interrupted = 4;
constexpr auto poll_interval = std::chrono::milliseconds(50);
constexpr double device_interval_s = 1;

double wall_seconds() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

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

// As given; of the last launch when a run goes on; else every CUDA device, or the CPU.
std::vector<std::string> choose_devices(const TrainRequest& request) {
  if (!request.devices.empty()) {
    return request.devices;
  }
  if (request.resume) {
    const RunDirectory run = RunDirectory::open(request.run);
    std::vector<std::string> last;
    for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
      if (entry.event == JournalEvent::launched && entry.fields.contains("devices")) {
        last = entry.fields["devices"].get<std::vector<std::string>>();
      }
    }
    if (!last.empty()) {
      return last;
    }
  }
  std::vector<std::string> devices;
  for (const DeviceInfo& device : list_devices()) {
    if (device.id.starts_with("cuda")) {
      devices.push_back(device.id);
    }
  }
  return devices.empty() ? std::vector<std::string>{"cpu"} : devices;
}

// A plan that changed since the launch: what stands in the run is replaced, and the journal says so.
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

std::vector<std::string> rank_arguments(const TrainRequest& request, const std::vector<std::string>& devices) {
  std::vector<std::string> arguments{
      "train", "--run", fs::absolute(request.run).string(), "--devices", format("{}", fmt::join(devices, ",")), "--resume"};
  if (request.max_steps) {
    arguments.insert(arguments.end(), {"--max-steps", std::to_string(*request.max_steps)});
  }
  if (request.deterministic) {
    arguments.emplace_back("--deterministic");
  }
  return arguments;
}

/// Shows the run's progress from its metrics file.
class ProgressFromMetrics {
 public:
  ProgressFromMetrics(const RunDirectory& run, const TrainingPlan& plan, std::optional<int64_t> max_steps, CommandOutput& output)
      : rows_(run.metrics_file(), 0), plan_(plan), max_steps_(max_steps), output_(output) {}

  void poll() {
    MetricsTail::Batch batch = rows_.poll();
    if (batch.rows.empty()) {
      return;
    }
    const StepReport& row = batch.rows.back();
    if (started_s_ < 0) {
      started_s_ = monotonic_seconds();
      first_step_ = row.step;
    }
    Progress progress;
    progress.stage = "train " + plan_.phases.at(static_cast<size_t>(row.phase)).name;
    progress.unit = "steps";
    progress.done = static_cast<uint64_t>(row.step);
    const int64_t total = max_steps_ ? std::min(*max_steps_, row.total_steps) : row.total_steps;
    progress.total = static_cast<uint64_t>(total);
    const double passed_s = monotonic_seconds() - started_s_;
    if (row.step > first_step_ && passed_s > 0) {
      progress.units_per_s = static_cast<double>(row.step - first_step_) / passed_s;
      progress.seconds_left = static_cast<double>(std::max<int64_t>(total - row.step, 0)) / *progress.units_per_s;
    }
    progress.note = format("loss {:.4f}  lr {:.2e}  {:.1f} images/s", row.loss, row.lr, row.images_per_s);
    last_ = row;
    if (output_.json() || monotonic_seconds() - shown_s_ > 0.2 || row.step == total) {
      shown_s_ = monotonic_seconds();
      output_.progress(progress);
    }
  }
  const std::optional<StepReport>& last() const { return last_; }

 private:
  MetricsTail rows_;
  const TrainingPlan& plan_;
  std::optional<int64_t> max_steps_;
  CommandOutput& output_;
  std::optional<StepReport> last_;
  double started_s_ = -1;
  double shown_s_ = -1;
  int64_t first_step_ = 0;
};

/// Appends the devices' load to devices.jsonl once a second.
class DeviceRecorder {
 public:
  explicit DeviceRecorder(const RunDirectory& run) : lines_(run.devices_file()), devices_(list_devices()) { monitor_.sample(); }

  void poll() {
    if (monotonic_seconds() - written_s_ < device_interval_s) {
      return;
    }
    written_s_ = monotonic_seconds();
    for (const DeviceLoad& load : monitor_.sample()) {
      DeviceLine line{.time = wall_seconds(),
                      .id = load.id,
                      .name = {},
                      .load = load.load,
                      .memory_used_bytes = load.memory_used_bytes,
                      .memory_total_bytes = load.memory_total_bytes,
                      .process_bytes = load.process_bytes};
      for (const DeviceInfo& device : devices_) {
        if (device.id == load.id) {
          line.name = device.name;
        }
      }
      lines_.append(to_json(line).dump());
    }
  }

 private:
  JsonLinesAppender lines_;
  DeviceMonitor monitor_;
  std::vector<DeviceInfo> devices_;
  double written_s_ = monotonic_seconds();
};

std::string saved_sentence(const RunDirectory& run) {
  const std::optional<CheckpointInfo> checkpoint = run.newest_checkpoint();
  return checkpoint ? format("Saved up to step {}; `train --run {} --resume` goes on from there.", checkpoint->step, run.folder().string())
                    : std::string("Nothing had been saved yet.");
}

Json done_fields(const RunDirectory& run, const std::string& end) {
  const RunStatus status = run.status();
  Json fields{
      {"run", run.folder().string()}, {"end", end}, {"step", status.step}, {"total_steps", status.total_steps}, {"epoch", status.epoch}};
  if (status.loss) {
    fields["loss"] = *status.loss;
  }
  if (const std::optional<CheckpointInfo> checkpoint = run.newest_checkpoint()) {
    fields["checkpoint"] = checkpoint->folder.string();
  }
  return fields;
}

void supervise(const TrainRequest& request, CommandContext& context) {
  const std::vector<std::string> devices = choose_devices(request);
  for (const std::string& device : devices) {
    resolve_device(device);
  }
  const RunDirectory run = open_or_create_run(request);
  const RunLock lock(run.lock_file());
  take_edited_plan(request, run);
  const TrainingPlan plan = run.plan();
  const Journal journal(run.journal_file());
  std::vector<std::string> removed;
  for (const fs::path& leftover : run.remove_leftovers()) {
    removed.push_back(fs::relative(leftover, run.folder()).string());
  }
  if (!removed.empty()) {
    journal.append(JournalEvent::removed_leftovers, {{"paths", removed}});
    context.output.say(format("Removed what an interrupted save had left: {}", fmt::join(removed, ", ")));
  }
  journal.append(JournalEvent::launched, {{"devices", devices}, {"world_size", devices.size()}, {"pid", getpid()}});

  const fs::path meeting = run.folder() / format("rendezvous_{}", getpid());
  fs::remove(meeting);
  fs::create_directories(run.log_folder());
  std::map<std::string, std::string> environment{{rendezvous_variable, meeting.string()}};
  // glibc gives every large block back to the kernel and asks for it again; a training step allocates the same blocks each time.
  environment["MALLOC_MMAP_MAX_"] = "0";
  environment["MALLOC_TRIM_THRESHOLD_"] = "100000000000";
  environment["MALLOC_TOP_PAD_"] = "67108864";
  RankGroup group({.program = executable_path(),
                   .arguments = rank_arguments(request, devices),
                   .world_size = static_cast<int>(devices.size()),
                   .log_folder = run.log_folder(),
                   .environment = environment});
  context.output.event("launched", {{"run", run.folder().string()}, {"devices", devices}, {"pids", group.pids()}});
  context.output.say(format("Run {} in {}: {} on {}", run.info().id, run.folder().string(), plan.name, fmt::join(devices, ", ")));

  ProgressFromMetrics progress(run, plan, request.max_steps, context.output);
  DeviceRecorder device_recorder(run);
  bool asked = false;
  while (group.running()) {
    group.poll();
    progress.poll();
    device_recorder.poll();
    if (context.cancel.cancelled() && !asked) {
      asked = true;
      context.output.say("Stopping after this step; the state is saved. Press Ctrl-C again to end at once.");
      group.ask_to_stop();
    }
    std::this_thread::sleep_for(poll_interval);
  }
  progress.poll();
  std::error_code ignored;
  fs::remove(meeting, ignored);

  if (group.culprit() && !(asked && group.culprit()->signal == SIGTERM)) {
    const RankExit& culprit = *group.culprit();
    journal.append(JournalEvent::died, {{"rank", culprit.rank}, {"reason", culprit.reason()}});
    fail(culprit.exit_code == 3 ? ErrorCode::bad_input : ErrorCode::failed, "The training ended: {}. {}\nLast lines of {}:\n{}",
         culprit.reason(), saved_sentence(run), run.rank_log(culprit.rank).string(), culprit.last_log_lines);
  }
  const bool stopped = asked || std::any_of(group.exits().begin(), group.exits().end(),
                                            [](const RankExit& exit) { return exit.exit_code == exit_interrupted; });
  if (stopped) {
    context.exit_code = [] { return exit_interrupted; };
    context.output.done(done_fields(run, "stopped"), "Stopped. " + saved_sentence(run));
    return;
  }
  const RunStatus status = run.status();
  const bool whole = status.state == RunState::done;
  context.output.done(done_fields(run, whole ? "finished" : "max_steps"),
                      format("{} at step {}{}. {}", whole ? "Finished" : "Ended as asked", status.step,
                             status.loss ? format(", loss {:.4f}", *status.loss) : std::string(), run.folder().string()));
}

struct Options {
  TrainRequest request;
  std::string devices;
  int64_t max_steps = 0;
};

void train(const Options& options, CommandContext& context) {
  TrainRequest request = options.request;
  request.devices = split(options.devices);
  if (options.max_steps > 0) {
    request.max_steps = options.max_steps;
  }
  if (const std::optional<RankPlace> place = rank_place_from_environment()) {
    run_rank(request, *place, context);
  } else {
    supervise(request, context);
  }
}

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, context, "train", "Train a model by a plan: one process a device, resumable");
  command->add_option("--plan", options->request.plan, "plan.json of a new run; with --resume: an edited plan");
  command->add_option("--run", options->request.run, "Run directory")->required();
  command->add_option("--devices", options->devices, "One rank for each: cuda:0,cuda:1 or cpu,cpu; as at the last launch with --resume");
  command->add_flag("--resume", options->request.resume, "Go on from the newest checkpoint");
  command->add_option("--max-steps", options->max_steps, "End, saved, when the run has so many optimiser steps; 0: at the plan's end")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--deterministic", options->request.deterministic, "Only kernels that repeat bit for bit (slower on a GPU)");
  command->callback([&context, options] { context.action = [&context, options] { train(*options, context); }; });
}

}  // namespace darkroom
