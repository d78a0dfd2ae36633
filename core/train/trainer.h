// SPDX-License-Identifier: Apache-2.0
// One rank of a training run, from the plan to the last checkpoint.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "core/base/cancel_token.h"
#include "core/distributed/process_group.h"
#include "core/plan/training_plan.h"
#include "core/run/run_control.h"
#include "core/run/run_directory.h"

namespace darkroom {

struct TrainerOptions {
  torch::Device device = torch::kCPU;
  std::optional<int64_t> max_steps;  ///< end, saved, when the run has so many optimiser steps
};

enum class TrainingEnd {
  finished,   ///< the plan is complete
  stopped,    ///< somebody asked; state saved
  max_steps,  ///< TrainerOptions::max_steps reached; state saved
};

struct TrainingResult {
  TrainingEnd end = TrainingEnd::finished;
  int64_t step = 0;  ///< optimiser steps of the run, all saved
};

/// Trains from the newest usable checkpoint of `run`, or from the plan's start where there is none, to the end of the plan.
///
/// Every rank calls it; rank 0 writes metrics, journal, checkpoints and sample pictures. All ranks stop after the same step, when any of
/// them has `cancel` set or when a stop is asked for through core/run. A run that was killed and goes on from a checkpoint ends with the
/// same bits as one that was not, on the same machine, number of ranks and threads.
///
/// control  answers the wishes of other processes; used by rank 0, constructed early so that no wish gets lost
/// throws   Error{bad_input} naming what in the plan cannot be used, or a checkpoint that does not belong to it; Error{failed} when no
///          gradient can be used after several ways back; Error{out_of_memory} with the setting to change; Error{peer_died}; Error{io}
TrainingResult run_training(const RunDirectory& run, const TrainingPlan& plan, ProcessGroup& group, const TrainerOptions& options,
                            RunControl& control, const CancelToken& cancel);

}  // namespace darkroom
