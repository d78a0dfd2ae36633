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
/// at_most  of the checkpoints up to this step
/// returns  nothing where the run has no checkpoint
/// throws   Error{bad_input} on rank 0 when there are checkpoints and none can be used, naming what is wrong with each
std::optional<CheckpointInfo> choose_checkpoint(const RunDirectory& run, ProcessGroup& group, torch::Device device,
                                                std::optional<int64_t> at_most = std::nullopt);

/// Ranks that the plan's batch is multiplied with in this run: those of its first launch, as its checkpoints say.
/// throws  Error{bad_input} when the checkpoint does not say
int64_t batch_ranks_of(const std::optional<CheckpointInfo>& checkpoint, const RankPlace& place);

/// Refuses a checkpoint that lacks anything, or whose position means nothing in this run.
///
/// meta    meta.json of the checkpoint in `folder`
/// throws  Error{bad_input}: a missing member; other seed, global batch, data or optimiser, or a phase that the plan does not have
void require_checkpoint_of_plan(const Json& meta, const std::filesystem::path& folder, const TrainingPlan& plan, const PlanData& data);

}  // namespace darkroom
