// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/commands/command.h"
#include "core/distributed/process_group.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// What `train` was asked for, by the user or by the supervisor.
struct TrainRequest {
  std::string plan;
  std::string run;
  std::optional<std::string> name;   ///< of a new run; absent: the plan's
  std::vector<std::string> devices;  ///< one rank each
  bool resume = false;
  std::optional<int64_t> max_steps;
  bool deterministic = false;
  int64_t restarts = 3;     ///< of all ranks, after one was killed or hung
  double heartbeat_s = 60;  ///< silence of a rank that counts as hanging; 0: none does
};

/// One rank, from the environment of a supervisor, of torchrun or of SLURM, to its exit code: 0, or exit_interrupted when it was stopped
/// with its state saved. Started by somebody else than our supervisor, rank 0 makes the run directory and holds its lock.
void run_rank(const TrainRequest& request, const RankPlace& place, CommandContext& context);

/// The file in which the ranks of one launch meet, told to them by this environment variable.
inline constexpr const char* rendezvous_variable = "DARKROOM_RENDEZVOUS";

/// Opens the run of a request, or makes it; `lock` is taken before anything is written into an existing one.
RunDirectory open_or_create_run(const TrainRequest& request);

/// With --resume --plan: a plan that changed since the launch replaces the one in the run, and the journal says so. The run's lock is held.
void take_edited_plan(const TrainRequest& request, const RunDirectory& run);

}  // namespace darkroom
