// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/training_plan.h"

namespace darkroom::app {

/// The plan of a branch: it starts from a checkpoint with everything the optimiser knew, and does what the plan still had to do there: the
/// phases that were over are left out, and the one that runs has the epochs that are left of it (one at least).
///
/// checkpoint  its folder
/// phase       index of the phase that the checkpoint lies in
/// epoch       over all phases, fractional, at the checkpoint
TrainingPlan branchPlan(const TrainingPlan& plan, const std::string& checkpoint, int64_t phase, double epoch);

}  // namespace darkroom::app
