// SPDX-License-Identifier: Apache-2.0
// The models that a plan names, opened for training.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "core/diffusion/noise_schedule.h"
#include "core/model/model_folder.h"
#include "core/plan/training_plan.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// The UNet's description and the frozen parts.
struct TrainingModel {
  UNetConfig unet_config;
  std::unique_ptr<UNetModel> unet;
  LoadedTextEncoder text;
  std::optional<LoadedVae> vae;  ///< only where sample pictures are drawn
  NoiseSchedule schedule;        ///< on the device
};

/// throws  Error{bad_input | not_found} naming what the plan names wrongly
TrainingModel open_training_model(const TrainingPlan& plan, torch::Device device, bool with_vae);

/// The configuration of a plan's UNet: "sd15", "scratch", "pocket" (the embedded model's), or of the model that it starts from.
UNetConfig unet_config_of_plan(const ModelPlan& plan);

/// Fills a fresh arena as the plan says: from a seed, from a model, or from a checkpoint of another run with its EMA and moments.
///
/// returns  updates that the optimiser had made before (a checkpoint's count; else 0), for its bias correction and the EMA's warm-up
int64_t start_weights(ParameterArena& arena, const ModelPlan& plan);

/// Puts a checkpoint's numbers into the arena.
void load_arena(ParameterArena& arena, const Weights& master, const Weights& ema, const Weights& exp_avg, const Weights& exp_avg_sq);

}  // namespace darkroom
