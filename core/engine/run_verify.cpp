// SPDX-License-Identifier: Apache-2.0
// A replay is a training like any other, in a folder of its own: the checkpoint is linked in, not copied, and validation is left out, which
// changes no weight.
#include "core/engine/run_verify.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/checkpoint.h"
#include "core/engine/detached_process.h"
#include "core/engine/device_list.h"
#include "core/run/journal.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t default_steps = 2;

struct Launch {
  std::vector<std::string> devices;
  bool deterministic = false;
};

// As the run was launched last; a launch by torchrun or SLURM names no devices.
Launch launch_of(const RunDirectory& run, int64_t world_size) {
  Launch launch;
  for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
    if (entry.event == JournalEvent::launched && entry.fields.contains("devices")) {
      launch.devices = entry.fields["devices"].get<std::vector<std::string>>();
      launch.deterministic = entry.fields.value("deterministic", false);
    }
  }
  if (static_cast<int64_t>(launch.devices.size()) != world_size) {
    const bool cuda = resolve_device("auto").is_cuda();
    launch.devices.clear();
    for (int64_t rank = 0; rank < world_size; ++rank) {
      launch.devices.push_back(cuda ? format("cuda:{}", rank) : std::string("cpu"));
    }
  }
  return launch;
}

TrainingPlan without_validation(TrainingPlan plan) {
  plan.validation.every_epochs = 0;
  for (PhasePlan& phase : plan.phases) {
    if (phase.validation) {
      phase.validation->every_epochs = 0;
    }
  }
  return plan;
}

/// A scratch run that starts at a checkpoint of another; removed in the end.
class Scratch {
 public:
  Scratch(const RunDirectory& run, int64_t from) : folder_(fs::temp_directory_path() / format("darkroom-verify-{}-{}", getpid(), ++count)) {
    fs::create_directories(folder_ / "checkpoints");
    fs::copy_file(run.run_file(), folder_ / "run.json");
    write_file_atomically(folder_ / "plan.json", to_json(without_validation(run.plan())).dump(2) + "\n");
    for (const CheckpointInfo& info : run.checkpoints()) {
      if (info.step <= from) {
        fs::create_directory_symlink(info.folder, folder_ / "checkpoints" / info.folder.filename());
      }
    }
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const fs::path& folder() const { return folder_; }

 private:
  static inline int count = 0;
  fs::path folder_;
};

void train_scratch(const fs::path& folder, int64_t to, const Launch& launch, const CancelToken& cancel) {
  std::vector<std::string> arguments{"train",         "--run",
                                     folder.string(), "--resume",
                                     "--max-steps",   std::to_string(to),
                                     "--devices",     format("{}", fmt::join(launch.devices, ",")),
                                     "--restarts",    "0"};
  if (launch.deterministic) {
    arguments.emplace_back("--deterministic");
  }
  const fs::path output = folder / "output.txt";
  const DetachedProcess process = DetachedProcess::start(executable_path(), arguments, output);
  std::optional<int> status;
  while (!(status = process.poll())) {
    if (cancel.cancelled()) {
      kill(process.pid, SIGKILL);  // its ranks end with it; nothing of the scratch run is kept
      while (!process.poll()) {
        std::this_thread::sleep_for(DetachedProcess::poll_interval);
      }
      cancel.check();
    }
    std::this_thread::sleep_for(DetachedProcess::poll_interval);
  }
  if (*status != 0) {
    fail(ErrorCode::failed, "The replay ended with exit code {} and these words:\n{}", *status, read_file(output));
  }
}

int64_t next_checkpoint(const std::vector<CheckpointInfo>& all, int64_t from) {
  for (const CheckpointInfo& info : all) {
    if (info.step > from) {
      return info.step;
    }
  }
  return 0;
}

bool has_step(const std::vector<CheckpointInfo>& all, int64_t step) {
  return std::any_of(all.begin(), all.end(), [step](const CheckpointInfo& info) { return info.step == step; });
}

}  // namespace

ReplayResult replay_run(const RunDirectory& run, const ReplayRequest& request, const CancelToken& cancel) {
  const std::vector<CheckpointInfo> all = run.checkpoints();
  if (all.empty() || (request.from && !has_step(all, *request.from))) {
    fail(ErrorCode::not_found, "{} has no complete checkpoint{}", run.folder().string(),
         request.from ? format(" of step {}", *request.from) : std::string());
  }
  ReplayResult result;
  result.from = request.from.value_or(all.size() > 1 ? all[all.size() - 2].step : all.back().step);
  const int64_t next = next_checkpoint(all, result.from);
  result.to = result.from + request.steps.value_or(next > 0 ? next - result.from : default_steps);

  const fs::path start = run.checkpoint_of(result.from);
  verify_checkpoint(start);
  const Launch launch = launch_of(run, read_checkpoint_meta(start).value("world_size", int64_t{1}));
  const Scratch first(run, result.from);
  train_scratch(first.folder(), result.to, launch, cancel);
  const fs::path replayed = first.folder() / "checkpoints" / RunDirectory::step_name(result.to);
  if (!fs::exists(replayed)) {
    fail(ErrorCode::bad_input, "{}: the plan ends before step {}; give fewer --steps", run.folder().string(), result.to);
  }
  result.hash = checkpoint_state_hash(replayed);
  if (has_step(all, result.to)) {
    result.against = "checkpoint";
    verify_checkpoint(run.checkpoint_of(result.to));
    result.difference = first_difference(run.checkpoint_of(result.to), replayed);
    return result;
  }
  result.against = "replay";
  const Scratch second(run, result.from);
  train_scratch(second.folder(), result.to, launch, cancel);
  result.difference = first_difference(replayed, second.folder() / "checkpoints" / RunDirectory::step_name(result.to));
  return result;
}

}  // namespace darkroom
