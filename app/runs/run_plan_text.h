// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/runs/run_items.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// What matters of a plan in a phase, one line a fact.
QList<PlanLineItem> planLines(const TrainingPlan& plan, int phase);

}  // namespace darkroom::app
