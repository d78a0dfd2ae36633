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
#include "core/diffusion/sampling_plan.h"
#include "core/diffusion/step_noise.h"

namespace darkroom {

/// The model's guided output (epsilon, v or flow) for x at train step t, a fraction between two steps; same shape as x.
/// x is what the network was trained on: in the variance-preserving scale, sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps; for a flow
/// (1 - s) x0 + s eps, with t = s T.
using Denoise = std::function<torch::Tensor(const torch::Tensor& x, double t)>;

/// Replaces the clean latents that the model expects before the sampler uses them; inpainting puts the kept pixels back here.
using CleanEdit = std::function<torch::Tensor(const torch::Tensor& x0)>;

/// Called after each move: moves done (1 … of), and the clean latents that the model expects now. Runs on the sampling thread.
using StepSeen = std::function<void(int64_t step, int64_t of, const torch::Tensor& x0)>;

/// Everything that a sampler is told.
struct SamplerRun {
  SamplingPlan plan;
  Prediction prediction = Prediction::epsilon;
  StepNoise noise;  ///< required where the sampler adds noise: PathNoise, or recorded draws
  CleanEdit edit;   ///< may be empty
  StepSeen seen;    ///< may be empty
  CancelToken cancel;
};

/// plan.start(…) -> latents at the end of the last move, x in the variance-preserving scale, float32. Checks `cancel` before each call of
/// the model.
///
/// throws  std::invalid_argument: no moves, x not float32, or noise needed and absent; Error{cancelled}; whatever the model throws
using SamplerFunction = torch::Tensor (*)(const Denoise& model, torch::Tensor x, const SamplerRun& run);

/// Where a sampler's noise levels come from. The first four have train steps of their own and take no SigmaSchedule.
enum class LevelRule {
  ddim,           ///< whole train steps, each move T / n down: diffusers DDIMScheduler
  ddpm,           ///< whole train steps, each move to the next: DDPMScheduler
  plms,           ///< DDIM's, the second one twice: PNDMScheduler with skip_prk_steps
  lcm,            ///< a subset of the 50 steps of distillation: LCMScheduler
  real,           ///< fractions of train steps, sigma straight between: EulerDiscreteScheduler and its kin
  real_rounded,   ///< the same, but Karras rounds the train steps: KDPM2DiscreteScheduler
  whole,          ///< n of n + 1 whole train steps: DPMSolverMultistepScheduler, UniPCMultistepScheduler
  whole_to_last,  ///< the same, ending at the smallest sigma and not at 0: DEISMultistepScheduler
  discrete,       ///< fractions of train steps, log sigma straight between: k-diffusion's DiscreteSchedule
};

/// When a sampler adds noise.
enum class NoiseUse { never, with_eta, always };

struct Sampler {
  std::string name;       ///< as on the command line: "dpmpp_2m"
  std::string label;      ///< for people, and in the A1111 metadata: "DPM++ 2M"
  std::string reference;  ///< whose numbers it gives: "diffusers DPMSolverMultistepScheduler"
  SamplerFunction run = nullptr;
  LevelRule levels = LevelRule::ddim;
  NoiseUse noise = NoiseUse::never;
  TimestepSpacing spacing = TimestepSpacing::leading;  ///< where neither the request nor the model's config names one
  SigmaSchedule automatic = SigmaSchedule::standard;   ///< what A1111's "Schedule type: Automatic" means with it
  int order = 1;                                       ///< of convergence
  int calls_per_step = 1;                              ///< of the model; the last step of a two-call sampler has one
};

/// All samplers of this build, in the order in which they are shown.
const std::vector<Sampler>& samplers();

/// throws  Error{usage} naming the samplers there are
const Sampler& find_sampler(std::string_view name);

/// Whether a plan for this sampler makes it ask for noise.
bool adds_noise(const Sampler& sampler, double eta);

/// Song et al. 2020, arXiv:2010.02502, eq. 12 and 16. Never clamps x0.
torch::Tensor sample_ddim(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Ho et al. 2020, arXiv:2006.11239, eq. 6 and 7, the smaller variance.
torch::Tensor sample_ddpm(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// PLMS: Liu et al. 2022, arXiv:2202.09778, linear multistep of order 4 without the Runge-Kutta start.
torch::Tensor sample_pndm(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Luo et al. 2023, arXiv:2310.04378, algorithm 3 with the boundary scaling of the distilled model.
torch::Tensor sample_lcm(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Karras et al. 2022, arXiv:2206.00364, algorithm 1 without its second order.
torch::Tensor sample_euler(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Euler to a lower level, then noise up to the wanted one, as k-diffusion's euler_ancestral at eta 1.
torch::Tensor sample_euler_ancestral(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Karras et al. 2022, algorithm 1 (no churn).
torch::Tensor sample_heun(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// DPM-Solver-2 in sigma, midpoint in log sigma: Karras et al. 2022, and k-diffusion's dpm_2.
torch::Tensor sample_dpm2(const Denoise& model, torch::Tensor x, const SamplerRun& run);
torch::Tensor sample_dpm2_ancestral(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Linear multistep (Adams-Bashforth on uneven sigmas) of order 4, integrated exactly.
torch::Tensor sample_lms(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Lu et al. 2022, arXiv:2211.01095: DPM-Solver++(2M), and its SDE forms as in k-diffusion at eta 1.
torch::Tensor sample_dpmpp_2m(const Denoise& model, torch::Tensor x, const SamplerRun& run);
torch::Tensor sample_dpmpp_2m_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run);
torch::Tensor sample_dpmpp_3m_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run);
torch::Tensor sample_dpmpp_sde(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Zhao et al. 2023, arXiv:2302.04867: UniPC, B(h) = e^h - 1, order 2, data prediction.
torch::Tensor sample_unipc(const Denoise& model, torch::Tensor x, const SamplerRun& run);
/// Zhang & Chen 2022, arXiv:2204.13902: DEIS in log rho, order 2.
torch::Tensor sample_deis(const Denoise& model, torch::Tensor x, const SamplerRun& run);

}  // namespace darkroom
