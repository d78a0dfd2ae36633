// SPDX-License-Identifier: Apache-2.0
// Samplers by name. A sampler turns noise into latents with a model that it knows only as a function.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/diffusion/prediction.h"
#include "core/diffusion/timestep_spacing.h"

namespace darkroom {

/// The model's guided output (epsilon or v) for x at train step t; same shape as x.
using Denoise = std::function<torch::Tensor(const torch::Tensor& x, double t)>;

/// Fresh standard normal noise shaped like x for one step; asked only by samplers that add noise.
using StepNoise = std::function<torch::Tensor(const torch::Tensor& x, int64_t step)>;

/// Called after each step: steps done (1 … of), and the clean latents that the model expects now. Runs on the sampling thread.
using StepSeen = std::function<void(int64_t step, int64_t of, const torch::Tensor& x0)>;

/// Everything that a sampler is told.
struct SamplerRun {
  std::vector<TimestepMove> moves;  ///< from plan_timesteps; image to image passes the tail of the list
  Prediction prediction = Prediction::epsilon;
  double eta = 0;   ///< DDIM: 0 deterministic, 1 as noisy as DDPM
  StepNoise noise;  ///< required where the sampler adds noise (DDIM with eta > 0)
  StepSeen seen;    ///< may be empty
  CancelToken cancel;
};

/// x at the noise level of the first move -> latents at the end of the last. Checks `cancel` before each step.
/// throws  std::invalid_argument: no moves, or noise needed and absent; Error{cancelled}; whatever the model throws
using SamplerFunction = torch::Tensor (*)(const Denoise& model, torch::Tensor x, const SamplerRun& run);

struct Sampler {
  std::string name;   ///< as on the command line: "ddim"
  std::string label;  ///< for people, and in the A1111 metadata: "DDIM"
  SamplerFunction run = nullptr;
};

/// All samplers of this build, in the order in which they are shown.
const std::vector<Sampler>& samplers();

/// throws  Error{usage} naming the samplers there are
const Sampler& find_sampler(std::string_view name);

/// DDIM. Deterministic at eta 0. Never clamps x0.
/// source  Song et al. 2020, arXiv:2010.02502, eq. 12 and 16
torch::Tensor sample_ddim(const Denoise& model, torch::Tensor x, const SamplerRun& run);

}  // namespace darkroom
