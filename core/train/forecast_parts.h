// SPDX-License-Identifier: Apache-2.0
// What a run holds beside its steps: frozen models, latents, the program itself, and files.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/nn/vae.h"
#include "core/plan/training_plan.h"
#include "core/train/forecast.h"
#include "core/train/phase_data.h"

namespace darkroom {

/// The datasets and frozen models that a plan names, as far as they are on this machine; typical values stand for the others, and a note
/// says so.
class Surroundings {
 public:
  /// world_size  0: steps are not wanted, and datasets are not opened beyond their cards
  Surroundings(const TrainingPlan& plan, const UNetConfig& config, int64_t world_size);

  std::array<int64_t, 3> latent_shape() const { return latent_shape_; }
  /// Optimiser steps of a phase; absent where its datasets are not here.
  std::optional<int64_t> steps(size_t phase) const;
  const std::vector<std::string>& notes() const { return notes_; }
  int64_t downscale() const { return vae_->downscale(); }

  std::vector<MemoryPart> device_parts(const PhasePlan& phase, const StepCost& cost, torch::Device device) const;
  std::vector<MemoryPart> host_parts(const PhasePlan& phase, const StepCost& cost, torch::Device device) const;

 private:
  void look_at_data(int64_t world_size);
  void read_cards(const std::set<std::string>& folders);
  void look_at_frozen_models();
  std::vector<MemoryPart> data_parts(const PhasePlan& phase) const;

  const TrainingPlan& plan_;
  std::array<int64_t, 3> latent_shape_{4, 64, 64};
  int64_t text_width_ = 768;
  int64_t text_parameters_ = 0;
  std::unique_ptr<Vae> vae_;  ///< the plan's, or that of SD 1.x
  int64_t latent_rows_ = 0;   ///< of all datasets, each once
  bool data_is_here_ = false;
  std::vector<int64_t> steps_;
  std::vector<std::string> notes_;
};

/// Checkpoints at once by the rule of retention, sample pictures and logs.
DiskForecast disk_of_plan(const TrainingPlan& plan, const ParameterLayout& layout, const Surroundings& surroundings);

/// "23.5 GiB", "310 MiB".
std::string gib_text(int64_t bytes);

}  // namespace darkroom
