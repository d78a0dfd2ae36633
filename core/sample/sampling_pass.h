// SPDX-License-Identifier: Apache-2.0
// One walk from noise to latents: its size, noise levels and prompts. A request has one, or two with a second pass at a larger size.
#pragma once

#include <cstdint>
#include <optional>

#include "core/diffusion/sampler.h"
#include "core/sample/conditioning.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

struct SamplingPass {
  const Sampler* sampler = nullptr;
  SamplingPlan plan;
  Conditioning conditioning;
  int64_t rows = 0;  ///< of the latents
  int64_t columns = 0;

  int64_t moves() const { return static_cast<int64_t>(plan.moves.size()); }
};

/// The passes of a request, and the request with all that was left to the model filled in.
struct PreparedRequest {
  GenerateOptions options;
  SamplingPass first;
  std::optional<SamplingPass> second;

  int64_t moves() const { return first.moves() + (second ? second->moves() : 0); }
};

/// Fills in sampler, schedule, spacing, steps and size from the model's scheduler config and its UNet, else DDIM, 50 steps, and encodes the
/// prompts. The model must already wear what the request asks for.
/// throws  Error{usage} for a size that the model cannot make, or settings that exclude each other; what plan_sampling and
///         make_conditioning throw
PreparedRequest prepare_request(SamplingModel& model, const GenerateOptions& wanted);

/// The name of our sampler for a scheduler_config.json ("_class_name"), and "karras" where it asks for it; DDIM where there is none.
struct SchedulerChoice {
  std::string sampler = "ddim";
  std::string schedule = "default";
};
SchedulerChoice choice_of_config(const Json& scheduler_config);

}  // namespace darkroom
