// SPDX-License-Identifier: Apache-2.0
// The datasets and the order of data of every phase of a plan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/mixture.h"
#include "core/dataset/training_set.h"
#include "core/diffusion/prediction.h"
#include "core/plan/lr_schedule.h"
#include "core/plan/training_plan.h"

namespace darkroom {

/// One phase with its data open.
struct PhaseData {
  const PhasePlan* plan = nullptr;
  std::vector<const TrainingSet*> train;       ///< one a source
  std::vector<const TrainingSet*> validation;  ///< of the sources that have a validation split
  Mixture mixture;
  int64_t batches = 0;  ///< of the whole phase: optimiser steps that the loader really yields
  int64_t global_batch = 0;
  int64_t epochs_before = 0;  ///< of earlier phases
  Prediction prediction = Prediction::epsilon;
  LearningRateSchedule lr;
};

/// All phases of a plan. A dataset that several phases use is opened once.
class PlanData {
 public:
  /// plan  must outlive this
  /// throws  Error{bad_input | not_found} naming the dataset; when latents of two datasets differ in shape or VAE
  PlanData(const TrainingPlan& plan, int64_t world_size);

  const std::vector<PhaseData>& phases() const { return phases_; }
  /// Optimiser steps of the whole plan.
  int64_t total_steps() const { return total_steps_; }
  std::array<int64_t, 3> latent_shape() const { return phases_.front().train.front()->latent_shape(); }

 private:
  const TrainingSet* open(const std::string& folder, const std::string& split);

  std::map<std::string, std::unique_ptr<TrainingSet>> sets_;
  std::vector<PhaseData> phases_;
  int64_t total_steps_ = 0;
};

}  // namespace darkroom
