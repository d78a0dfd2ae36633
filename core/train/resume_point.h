// SPDX-License-Identifier: Apache-2.0
// Where a run goes on: which checkpoint, and whether it belongs to the plan.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <optional>

#include "core/base/json.h"
#include "core/distributed/process_group.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"
#include "core/train/phase_data.h"

namespace darkroom {

/// The newest checkpoint whose files are whole; a damaged one is passed over for the one before it. Rank 0 decides and tells the others:
/// every rank calls it.
///
/// returns  nothing where the run has no checkpoint
/// throws   Error{bad_input} on rank 0 when there are checkpoints and none can be used, naming what is wrong with each
std::optional<CheckpointInfo> choose_checkpoint(const RunDirectory& run, ProcessGroup& group, torch::Device device);

/// Refuses a checkpoint whose position means nothing in this run.
///
/// meta    meta.json of the checkpoint in `folder`
/// throws  Error{bad_input}: other number of devices, seed, global batch, or a phase that the plan does not have
void require_checkpoint_of_plan(const Json& meta, const std::filesystem::path& folder, const TrainingPlan& plan, const PlanData& data,
                                const RankPlace& place);

}  // namespace darkroom
