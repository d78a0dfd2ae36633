// SPDX-License-Identifier: Apache-2.0
// The models that a plan names, opened for training.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "core/checkpoint/checkpoint.h"
#include "core/diffusion/noise_schedule.h"
#include "core/model/model_folder.h"
#include "core/plan/training_plan.h"
#include "core/tensor/parameter_arena.h"
#include "core/train/optimizer.h"

namespace darkroom {

/// The UNet's description and the frozen parts.
struct TrainingModel {
  UNetConfig unet_config;
  std::unique_ptr<UNetModel> unet;
  LoadedTextEncoder text;
  std::optional<LoadedVae> vae;  ///< only where sample pictures are drawn
};

/// The scheduler config of a phase: its prediction and its end, all else SD 1.x's.
Json scheduler_of_phase(const PhasePlan& phase);

/// Whether a run of the plan ever draws pictures: when the plan says so, or whenever `run sample` asks. Such a run holds the VAE from its
/// start, in every phase.
bool draws_pictures(const TrainingPlan& plan);

/// With the VAE where draws_pictures.
/// throws  Error{bad_input | not_found} naming what the plan names wrongly
TrainingModel open_training_model(const TrainingPlan& plan, torch::Device device);

/// The configuration of a plan's UNet: "sd15", "scratch", "pocket" (the embedded model's), or of the model that it starts from.
UNetConfig unet_config_of_plan(const ModelPlan& plan);

/// Fills a fresh arena as the plan says: from a seed, from a model, or from a checkpoint (another run's, or a file of the source run) with
/// its EMA and moments, or with its EMA weights alone.
///
/// returns  updates that the optimiser had made before (a checkpoint's count; else 0), for its bias correction and the EMA's warm-up
/// throws   Error{bad_input} naming the tensors of a checkpoint that belong to another model or optimiser
int64_t start_weights(ParameterArena& arena, Optimizer& optimizer, const ModelPlan& plan);

/// Puts a checkpoint's weights, averages and optimiser state in place. throws as start_weights
void restore_training(ParameterArena& arena, Optimizer& optimizer, const CheckpointState& state);

/// Puts weights and averages into the arena; an average that is not there starts as a copy of the first.
/// emas  at least one
void load_arena(ParameterArena& arena, const Weights& master, const std::vector<Weights>& emas);

}  // namespace darkroom
