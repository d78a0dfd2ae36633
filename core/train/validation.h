// SPDX-License-Identifier: Apache-2.0
// How a run is looked at while it trains: sample pictures and a loss on pictures it does not train on, always with the EMA weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/dataset/training_set.h"
#include "core/diffusion/prediction.h"
#include "core/distributed/process_group.h"
#include "core/plan/training_plan.h"
#include "core/train/step_statistics.h"
#include "core/train/text_conditioning.h"
#include "core/train/train_step.h"
#include "core/train/training_model.h"

namespace darkroom {

/// What validation needs besides the plan.
struct ValidationContext {
  const TrainingModel& model;
  TextConditioning& text;
  Weights ema;  ///< of the arena's EMA buffer, fp32
  torch::Device device = torch::kCPU;
  TrainStepSettings settings;             ///< of the phase: prediction, loss, Min-SNR, memory format; computed in float32
  Json scheduler;                         ///< scheduler_of_phase
  std::array<int64_t, 3> latent_shape{};  ///< C, H, W of the training latents
};

/// Draws one picture for each of the plan's prompts: DDIM with the scheduler's spacing, guidance plan.cfg, the noise of prompt i from a CPU
/// generator seeded with plan.seed + i, the same at every step of the run. Rank r draws prompts r, r + world_size, ….
///
/// DDIM over the levels of a rectified flow is Euler's method along the flow: both go to (1 - s') x0 + s' eps with the x0 and eps that the
/// model means.
/// folder   gets NN_category.png
/// returns  the files that this rank wrote
/// throws   Error{io}
std::vector<std::filesystem::path> draw_samples(const ValidationContext& context, const ValidationPlan& plan, const RankPlace& place,
                                                const std::filesystem::path& folder);

/// Losses over rows of the validation splits, with noise and evenly spread noise levels that are fixed for the run: weighted and
/// unweighted, in all, by noise level and by source. Rank r takes rows r, r + world_size, …; the ranks' sums are added.
///
/// sets     validation splits of the phase's sources; null where a source has none
/// rows     at most, taken in turn from the sets
/// returns  the means, or nothing where there are no rows
std::optional<StepStatistics::Reading> validation_losses(const ValidationContext& context, const std::vector<const TrainingSet*>& sets,
                                                         int64_t rows, uint64_t seed, int64_t batch, ProcessGroup& group);

/// Puts them into the report of the step that was validated.
void add_validation(StepReport& report, const StepStatistics::Reading& losses);

/// "03_full_body.png": number from 1 and the category in lower case, other characters as "_".
std::string sample_file_name(size_t index, const std::string& category);

}  // namespace darkroom
