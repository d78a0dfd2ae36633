// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// With logging.wandb "online": refuses a launch whose records could not be sent.
/// throws  Error{bad_input} naming what is missing: WANDB_API_KEY in the environment, or the program `wandb`
void require_wandb(const TrainingPlan& plan);

/// With logging.wandb "online": hands the files of the last launch to `wandb sync`, as a process of its own whose words go to
/// log/wandb_sync.log. The engine itself opens no connection.
///
/// returns  a sentence for the user; empty where nothing is sent
std::string send_to_wandb(const TrainingPlan& plan, const RunDirectory& run);

}  // namespace darkroom
