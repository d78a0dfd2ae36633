// SPDX-License-Identifier: Apache-2.0
// The supervisor never touches a tensor: it starts the ranks, reads what they write into the run directory, and says why they ended.
#include "core/engine/train_supervisor.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/distributed/launcher.h"
#include "core/engine/device_list.h"
#include "core/engine/train_progress.h"
#include "core/engine/wandb_sync.h"
#include "core/run/journal.h"
#include "core/run/run_control.h"
#include "core/run/run_lock.h"
#include "core/train/forecast.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr auto rank_poll_interval = std::chrono::milliseconds(50);

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

/// One launch, from the lock to the last rank.
class Supervisor {
 public:
  Supervisor(const TrainRequest& request, std::vector<std::string> devices, const RunDirectory& run, CommandContext& context)
      : request_(request),
        devices_(std::move(devices)),
        run_(run),
        context_(context),
        lock_(run.lock_file()),
        journal_(run.journal_file()),
        control_(run, EarlierRequests::forget, {RunRequestKind::pause, RunRequestKind::resume}) {
    take_edited_plan(request_, run_);
    plan_ = run_.plan();
    device_recorder_.emplace(run_);
  }

  void run() {
    remove_leftovers();
    journal_.append(JournalEvent::launched,
                    {{"devices", devices_}, {"world_size", devices_.size()}, {"pid", getpid()}, {"deterministic", request_.deterministic}});
    context_.output.say(format("Run {} in {}: {} on {}", run_.info().id, run_.folder().string(), plan_.name, fmt::join(devices_, ", ")));
    ProgressFromMetrics progress(run_, plan_, request_.max_steps, context_.output);
    int64_t restarts = 0;
    while (true) {
      RankGroup& group = run_group(progress);
      const bool died = group.culprit().has_value() && !(asked_ && group.culprit()->signal == SIGTERM);
      if (died) {
        const RankExit& culprit = *group.culprit();
        journal_.append(JournalEvent::died, {{"rank", culprit.rank}, {"reason", culprit.reason()}});
        if (asked_ || pausing_ || !culprit.by_accident() || restarts >= request_.restarts) {
          fail_with(culprit, restarts);
        }
        ++restarts;
        start_again(culprit, restarts);
        continue;
      }
      if (pausing_ && ended_by_request(group)) {
        if (wait_while_paused()) {
          continue;
        }
        tell_the_end(true);
        return;
      }
      tell_the_end(asked_ || ended_by_request(group));
      return;
    }
  }

 private:
  static bool ended_by_request(const RankGroup& group) {
    return std::any_of(group.exits().begin(), group.exits().end(), [](const RankExit& exit) { return exit.exit_code == exit_interrupted; });
  }

  void remove_leftovers() {
    for (const auto& entry : fs::directory_iterator(run_.folder())) {
      if (entry.path().filename().string().starts_with("rendezvous_")) {
        fs::remove(entry.path());  // where the ranks of a supervisor met that was killed
      }
    }
    std::vector<std::string> removed;
    for (const fs::path& leftover : run_.remove_leftovers()) {
      removed.push_back(fs::relative(leftover, run_.folder()).string());
    }
    if (!removed.empty()) {
      journal_.append(JournalEvent::removed_leftovers, {{"paths", removed}});
      context_.output.say(format("Removed what an interrupted save had left: {}", fmt::join(removed, ", ")));
    }
  }

  // Starts the ranks and returns when none is left.
  RankGroup& run_group(ProgressFromMetrics& progress) {
    group_.reset();
    const fs::path meeting = run_.folder() / format("rendezvous_{}_{}", getpid(), ++groups_);
    fs::remove(meeting);
    fs::create_directories(run_.log_folder());
    std::map<std::string, std::string> environment{{rendezvous_variable, meeting.string()}};
    // glibc gives every large block back to the kernel and asks for it again; a training step allocates the same blocks each time.
    environment["MALLOC_MMAP_MAX_"] = "0";
    environment["MALLOC_TRIM_THRESHOLD_"] = "100000000000";
    environment["MALLOC_TOP_PAD_"] = "67108864";
    group_.emplace(LaunchOptions{.program = executable_path(),
                                 .arguments = rank_arguments(request_, devices_),
                                 .world_size = static_cast<int>(devices_.size()),
                                 .log_folder = run_.log_folder(),
                                 .environment = environment,
                                 .silence_s = request_.heartbeat_s});
    context_.output.event("launched", {{"run", run_.folder().string()}, {"devices", devices_}, {"pids", group_->pids()}});
    while (group_->running()) {
      group_->poll();
      progress.poll();
      device_recorder_->poll();
      answer_requests();
      if (context_.cancel.cancelled() && !asked_) {
        asked_ = true;
        context_.output.say("Stopping after this step; the state is saved. Press Ctrl-C again to end at once.");
        group_->ask_to_stop();
      }
      std::this_thread::sleep_for(rank_poll_interval);
    }
    progress.poll();
    std::error_code ignored;
    fs::remove(meeting, ignored);
    return *group_;
  }

  void answer_requests() {
    for (const RunRequest& request : control_.poll()) {
      if (request.kind == RunRequestKind::pause && !pausing_ && !asked_) {
        pausing_ = true;
        context_.output.say("Pausing after this step; the state is saved.");
        group_->ask_to_stop();
      }
    }
  }

  // Returns whether the run goes on; else it is to end.
  bool wait_while_paused() {
    group_.reset();
    journal_.append(JournalEvent::paused, {{"step", run_.status().step}});
    context_.output.say("Paused: the devices are free. `run resume` goes on.");
    RunControl requests(run_, EarlierRequests::keep, {RunRequestKind::stop, RunRequestKind::resume, RunRequestKind::pause});
    while (!context_.cancel.cancelled()) {
      for (const RunRequest& request : requests.poll()) {
        if (request.kind == RunRequestKind::resume) {
          pausing_ = false;
          return true;
        }
        if (request.kind == RunRequestKind::stop) {
          journal_.append(JournalEvent::stopped, {{"step", run_.status().step}, {"reason", "request"}});
          return false;
        }
      }
      std::this_thread::sleep_for(rank_poll_interval);
    }
    return false;
  }

  void start_again(const RankExit& culprit, int64_t restarts) {
    remove_leftovers();
    journal_.append(JournalEvent::restarted, {{"attempt", restarts}, {"of", request_.restarts}, {"reason", culprit.reason()}});
    context_.output.event("restarted", {{"attempt", restarts}, {"of", request_.restarts}, {"reason", culprit.reason()}});
    context_.output.say(
        format("The ranks are started again ({} of {}): {}. {}", restarts, request_.restarts, culprit.reason(), saved_sentence(run_)));
  }

  [[noreturn]] void fail_with(const RankExit& culprit, int64_t restarts) const {
    const std::string again = restarts > 0 ? format(" The ranks had been started again {} times.", restarts) : std::string();
    const std::string killed = culprit.signal == SIGKILL && !culprit.silent_s
                                   ? std::string(
                                         " (Where nobody killed it, the machine ran out of memory: see `dmesg`, and lower "
                                         "batch.per_device.)")
                                   : std::string();
    fail(culprit.exit_code == 3 ? ErrorCode::bad_input : ErrorCode::failed, "The training ended: {}.{}{} {}\nLast lines of {}:\n{}",
         culprit.reason(), killed, again, saved_sentence(run_), run_.rank_log(culprit.rank).string(), culprit.last_log_lines);
  }

  void tell_the_end(bool stopped) {
    if (stopped) {
      context_.exit_code = [] { return exit_interrupted; };
      context_.output.done(done_fields(run_, "stopped"), "Stopped. " + saved_sentence(run_));
      return;
    }
    const RunStatus status = run_.status();
    const bool whole = status.state == RunState::done;
    context_.output.done(done_fields(run_, whole ? "finished" : "max_steps"),
                         format("{} at step {}{}. {}", whole ? "Finished" : "Ended as asked", status.step,
                                status.loss ? format(", loss {:.4f}", *status.loss) : std::string(), run_.folder().string()));
  }

  const TrainRequest& request_;
  std::vector<std::string> devices_;
  const RunDirectory& run_;
  CommandContext& context_;
  RunLock lock_;
  Journal journal_;
  RunControl control_;
  TrainingPlan plan_;
  std::optional<DeviceRecorder> device_recorder_;
  std::optional<RankGroup> group_;
  int64_t groups_ = 0;
  bool asked_ = false;
  bool pausing_ = false;
};

}  // namespace

void supervise_training(const TrainRequest& request, CommandContext& context) {
  std::vector<std::string> devices = choose_devices(request);
  std::vector<torch::Device> resolved;
  resolved.reserve(devices.size());
  for (const std::string& device : devices) {
    resolved.push_back(resolve_device(device));
  }
  if (request.resume || !request.plan.empty()) {
    const TrainingPlan plan = request.plan.empty() ? RunDirectory::open(request.run).plan() : read_plan(request.plan);
    require_wandb(plan);
    require_memory(plan, forecast_devices(resolved));
  }
  const RunDirectory run = open_or_create_run(request);
  Supervisor(request, std::move(devices), run, context).run();
  if (const std::string sent = send_to_wandb(run.plan(), run); !sent.empty()) {
    context.output.say(sent);
  }
}

}  // namespace darkroom
