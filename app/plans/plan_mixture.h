// SPDX-License-Identifier: GPL-3.0-or-later
// What a phase is trained on, with what is known of its datasets.
#pragma once

#include "app/plans/dataset_facts.h"
#include "app/plans/plan_items.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

/// Captions that a source gives an epoch; 0 while not known.
double rowsOf(const SourcePlan& source, DatasetFacts& facts);
/// Of all sources of a phase; 0 while not all are known.
double rowsOf(const PhasePlan& phase, DatasetFacts& facts);

/// A row a source. `locked`: rows that the other sliders leave alone.
QList<SourceRow> mixtureRows(const TrainingPlan& plan, const PhasePlan& phase, DatasetFacts& facts, const QList<int>& locked);

}  // namespace darkroom::app
