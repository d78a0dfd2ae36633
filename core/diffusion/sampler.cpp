// SPDX-License-Identifier: Apache-2.0
// References and default spacings: diffusers 0.36 and k-diffusion 0.1.1; labels and "Automatic" schedules: A1111 1.10.
#include "core/diffusion/sampler.h"

#include "core/base/format.h"

namespace darkroom {

const std::vector<Sampler>& samplers() {
  using enum TimestepSpacing;
  static const std::vector<Sampler> all{
      {"ddim", "DDIM", "diffusers DDIMScheduler", &sample_ddim, LevelRule::ddim, NoiseUse::with_eta, leading},
      {"pndm", "PLMS", "diffusers PNDMScheduler (skip_prk_steps)", &sample_pndm, LevelRule::plms, NoiseUse::never, leading,
       SigmaSchedule::standard, 4},
      {"euler", "Euler", "diffusers EulerDiscreteScheduler", &sample_euler, LevelRule::real, NoiseUse::never, linspace},
      {"euler_a", "Euler a", "diffusers EulerAncestralDiscreteScheduler", &sample_euler_ancestral, LevelRule::real, NoiseUse::always,
       linspace},
      {"heun", "Heun", "diffusers HeunDiscreteScheduler", &sample_heun, LevelRule::real, NoiseUse::never, linspace, SigmaSchedule::standard,
       2, 2},
      {"dpm2", "DPM2", "diffusers KDPM2DiscreteScheduler", &sample_dpm2, LevelRule::real_rounded, NoiseUse::never, linspace,
       SigmaSchedule::karras, 2, 2},
      {"dpm2_a", "DPM2 a", "diffusers KDPM2AncestralDiscreteScheduler", &sample_dpm2_ancestral, LevelRule::real_rounded, NoiseUse::always,
       linspace, SigmaSchedule::karras, 2, 2},
      {"lms", "LMS", "diffusers LMSDiscreteScheduler", &sample_lms, LevelRule::real, NoiseUse::never, linspace, SigmaSchedule::standard, 4},
      {"dpmpp_2m", "DPM++ 2M", "diffusers DPMSolverMultistepScheduler (dpmsolver++)", &sample_dpmpp_2m, LevelRule::whole, NoiseUse::never,
       linspace, SigmaSchedule::karras, 2},
      {"dpmpp_2m_sde", "DPM++ 2M SDE", "diffusers DPMSolverMultistepScheduler (sde-dpmsolver++)", &sample_dpmpp_2m_sde, LevelRule::whole,
       NoiseUse::always, linspace, SigmaSchedule::exponential, 2},
      {"dpmpp_sde", "DPM++ SDE", "diffusers DPMSolverSDEScheduler", &sample_dpmpp_sde, LevelRule::real, NoiseUse::always, linspace,
       SigmaSchedule::karras, 2, 2},
      {"dpmpp_3m_sde", "DPM++ 3M SDE", "k-diffusion sample_dpmpp_3m_sde", &sample_dpmpp_3m_sde, LevelRule::discrete, NoiseUse::always,
       linspace, SigmaSchedule::exponential, 3},
      {"unipc", "UniPC", "diffusers UniPCMultistepScheduler (bh2, order 2)", &sample_unipc, LevelRule::whole, NoiseUse::never, linspace,
       SigmaSchedule::standard, 2},
      {"deis", "DEIS", "diffusers DEISMultistepScheduler (order 2)", &sample_deis, LevelRule::whole_to_last, NoiseUse::never, linspace,
       SigmaSchedule::standard, 2},
      {"lcm", "LCM", "diffusers LCMScheduler", &sample_lcm, LevelRule::lcm, NoiseUse::always, leading},
      {"ddpm", "DDPM", "diffusers DDPMScheduler (fixed_small)", &sample_ddpm, LevelRule::ddpm, NoiseUse::always, leading},
  };
  return all;
}

const Sampler& find_sampler(std::string_view name) {
  std::vector<std::string> names;
  for (const Sampler& sampler : samplers()) {
    if (sampler.name == name) {
      return sampler;
    }
    names.push_back(sampler.name);
  }
  fail(ErrorCode::usage, "there is no sampler \"{}\"; this build has {}", name, fmt::join(names, ", "));
}

bool adds_noise(const Sampler& sampler, double eta) {
  return sampler.noise == NoiseUse::always || (sampler.noise == NoiseUse::with_eta && eta > 0);
}

}  // namespace darkroom
