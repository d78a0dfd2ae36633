// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/engine_host/run_follower.h"
#include "app/runs/run_items.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// What matters of a plan in a phase, one line a fact.
QList<PlanLineItem> planLines(const TrainingPlan& plan, int phase);

/// Where a run comes from: "branch of two-cards at step 4,000", or the name of its plan where that is another than its own.
QString originText(const RunHead& head);

}  // namespace darkroom::app
