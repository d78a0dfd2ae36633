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
  std::vector<const TrainingSet*> validation;  ///< one a source; null where it has no validation split
  Mixture mixture;
  int64_t batches = 0;  ///< of the whole phase: optimiser steps that the loader really yields
  int64_t global_batch = 0;
  BatchPlan batch;            ///< of this group: per_device * accumulation * its ranks = global_batch
  int64_t epochs_before = 0;  ///< of earlier phases
  Prediction prediction = Prediction::epsilon;
  LearningRateSchedule lr;
};

/// How `ranks` share out batches of `global_batch`: the largest micro-batch up to `per_device` that goes into a rank's part without a rest.
/// throws  Error{bad_input} when the ranks do not divide the batch
BatchPlan share_batch(int64_t global_batch, int64_t per_device, int64_t ranks);

/// All phases of a plan. A dataset that several phases use is opened once.
class PlanData {
 public:
  /// plan         must outlive this
  /// batch_ranks  ranks that the plan's batch is multiplied with: those that the run began with. 0: world_size. When the run goes on with
  ///              another number, each rank takes other shares of the same global batches
  /// throws  Error{bad_input | not_found} naming the dataset; when latents of two datasets differ in shape or VAE; when a global batch
  ///         cannot be shared out among the ranks
  PlanData(const TrainingPlan& plan, int64_t world_size, int64_t batch_ranks = 0);

  /// Copies the training latents into memory as the plan says; nothing with "mapped". Before anything reads them.
  /// returns  bytes held
  int64_t hold_latents(const LatentsPlan& plan);

  const std::vector<PhaseData>& phases() const { return phases_; }
  /// Optimiser steps of the whole plan.
  int64_t total_steps() const { return total_steps_; }
  /// Hash over the samples of a phase's sources: a position in the phase means the same only while it stays.
  std::string fingerprint(size_t phase) const;
  std::array<int64_t, 3> latent_shape() const { return phases_.front().train.front()->latent_shape(); }

 private:
  const TrainingSet* open(const std::string& folder, const std::string& split);

  std::map<std::string, std::unique_ptr<TrainingSet>> sets_;
  std::vector<PhaseData> phases_;
  int64_t total_steps_ = 0;
};

}  // namespace darkroom
