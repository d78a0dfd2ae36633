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
#include "core/train/text_conditioning.h"
#include "core/train/training_model.h"

namespace darkroom {

/// What validation needs besides the plan.
struct ValidationContext {
  const TrainingModel& model;
  TextConditioning& text;
  Weights ema;  ///< of the arena's EMA buffer, fp32
  torch::Device device = torch::kCPU;
  bool channels_last = true;
  Prediction prediction = Prediction::epsilon;
  std::array<int64_t, 3> latent_shape{};  ///< C, H, W of the training latents
};

/// Draws one picture for each of the plan's prompts: DDIM, leading spacing, guidance plan.cfg, the noise of prompt i from a CPU generator
/// seeded with plan.seed + i, the same at every step of the run. Rank r draws prompts r, r + world_size, ….
///
/// folder   gets NN_category.png
/// returns  the files that this rank wrote
/// throws   Error{io}
std::vector<std::filesystem::path> draw_samples(const ValidationContext& context, const ValidationPlan& plan, const RankPlace& place,
                                                const std::filesystem::path& folder);

/// Mean squared error (unweighted) over rows of the validation splits, with noise and evenly spread noise levels that are fixed for the
/// run. Rank r takes rows r, r + world_size, …; the ranks' sums are added.
///
/// sets     validation splits of the phase's sources; may be empty
/// rows     at most, taken in turn from the sets
/// returns  the mean, or nothing where there are no rows
std::optional<double> validation_loss(const ValidationContext& context, const std::vector<const TrainingSet*>& sets, int64_t rows,
                                      uint64_t seed, int64_t batch, ProcessGroup& group);

/// "03_full_body.png": number from 1 and the category in lower case, other characters as "_".
std::string sample_file_name(size_t index, const std::string& category);

}  // namespace darkroom
