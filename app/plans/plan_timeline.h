// SPDX-License-Identifier: GPL-3.0-or-later
// From a plan to what its timeline shows: pure functions.
#pragma once

#include <QHash>

#include "app/plans/plan_items.h"
#include "core/base/json_reader.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// What a plan's phases are drawn with, a value a phase.
struct PhaseTimes {
  QList<double> epochSteps;  ///< optimiser steps of one epoch; 0: not known
  QList<double> seconds;     ///< of the whole phase; empty, or NaN where not known
};

/// The band colour of each dataset of a plan, 0 to 3, in the order in which they first appear.
QHash<QString, int> sourceColors(const TrainingPlan& plan);

/// The name of a dataset: its folder's.
QString datasetName(const std::string& path);

/// A row a phase; `problems` are counted where their pointer begins with the phase's.
QList<PhaseRow> phaseRows(const TrainingPlan& plan, const PhaseTimes& times, const std::vector<Problem>& problems);

/// The ends of the rate lane, powers of ten around all rates of the plan: "1e-8 to 1e-5".
QString rateRangeText(const TrainingPlan& plan);

/// Problems of the plan and notes about it, the ones that stop the launch first.
QList<PlanProblem> problemRows(const TrainingPlan& plan, const std::vector<Problem>& problems, const std::vector<Problem>& notes);

}  // namespace darkroom::app
