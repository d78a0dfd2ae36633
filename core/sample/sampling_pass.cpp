// SPDX-License-Identifier: Apache-2.0
#include "core/sample/sampling_pass.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/base/format.h"
#include "core/base/log.h"

namespace darkroom {
namespace {

constexpr int64_t default_steps = 50;
constexpr int64_t default_latent_side = 64;
constexpr int64_t size_raster_px = 8;

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> classes{{{"DDIMScheduler", "ddim"},
                                                                                 {"DDPMScheduler", "ddpm"},
                                                                                 {"PNDMScheduler", "pndm"},
                                                                                 {"LCMScheduler", "lcm"},
                                                                                 {"EulerDiscreteScheduler", "euler"},
                                                                                 {"EulerAncestralDiscreteScheduler", "euler_a"},
                                                                                 {"HeunDiscreteScheduler", "heun"},
                                                                                 {"KDPM2DiscreteScheduler", "dpm2"},
                                                                                 {"KDPM2AncestralDiscreteScheduler", "dpm2_a"},
                                                                                 {"LMSDiscreteScheduler", "lms"},
                                                                                 {"DPMSolverMultistepScheduler", "dpmpp_2m"},
                                                                                 {"DPMSolverSDEScheduler", "dpmpp_sde"},
                                                                                 {"UniPCMultistepScheduler", "unipc"},
                                                                                 {"DEISMultistepScheduler", "deis"}}};

GenerateOptions with_defaults(const SamplingModel& model, GenerateOptions options) {
  const Json& config = model.parts().paths.scheduler;
  if (!options.sampler) {
    const SchedulerChoice own = choice_of_config(config);
    options.sampler = own.sampler;
    options.schedule = options.schedule.value_or(own.schedule);
  }
  options.schedule = options.schedule.value_or("default");
  options.steps = options.steps.value_or(default_steps);
  const int64_t f = model.downscale();
  const int64_t side = model.parts().unet.model->config().sample_size.value_or(default_latent_side) * f;
  options.width = options.width.value_or(side);
  options.height = options.height.value_or(side);
  if (*options.width % f != 0 || *options.height % f != 0) {
    fail(ErrorCode::usage, "--width and --height must be multiples of {} for this model, got {}x{}.", f, *options.width, *options.height);
  }
  if (options.hires_scale && !options.mask.empty()) {
    fail(ErrorCode::usage, "--hires and --mask exclude each other: the second pass would redraw what the mask keeps.");
  }
  if (options.hires_scale) {
    options.hires_steps = options.hires_steps.value_or(*options.steps);
  }
  return options;
}

SpacingOptions spacing_of_model(const Json& config) {
  return config.is_object() && !config.empty() ? spacing_from_config(config, "scheduler_config.json") : SpacingOptions{};
}

SamplingPlan plan_for(const SamplingModel& model, const GenerateOptions& options, const Sampler& sampler, int64_t steps, double strength) {
  SamplingRequest request;
  request.steps = steps;
  request.schedule = sigma_schedule_from_name(*options.schedule);
  request.spacing = options.spacing ? std::make_optional(timestep_spacing_from_name(*options.spacing)) : std::nullopt;
  request.model = spacing_of_model(model.parts().paths.scheduler);
  request.eta = options.eta;
  request.strength = strength;
  return plan_sampling(model.schedule(), sampler, request);
}

Conditioning conditioning_for(SamplingModel& model, const GenerateOptions& options, const SchedulePass& pass) {
  ConditioningRequest request;
  request.prompt = options.prompt;
  request.negative = options.negative;
  request.cfg_scale = options.cfg_scale;
  request.syntax = prompt_syntax_from_name(options.prompt_syntax);
  request.emphasis = emphasis_from_name(options.emphasis);
  request.clip_skip = static_cast<int>(options.clip_skip);
  request.pass = pass;
  return make_conditioning(model.prompts(), request);
}

// Calls of the model: two a step for second-order samplers, one in their last.
int calls_of(const Sampler& sampler, int64_t steps) { return static_cast<int>(steps * sampler.calls_per_step); }

// The nearest size on the raster that latents of this model can have.
int64_t scaled_side(int64_t side, double scale, int64_t f) {
  const int64_t raster = std::max(f, size_raster_px);
  return std::max<int64_t>(raster,
                           static_cast<int64_t>(std::lround(static_cast<double>(side) * scale / static_cast<double>(raster))) * raster);
}

}  // namespace

SchedulerChoice choice_of_config(const Json& scheduler_config) {
  SchedulerChoice choice;
  if (!scheduler_config.is_object()) {
    return choice;
  }
  const std::string name = scheduler_config.value("_class_name", "");
  bool known = name.empty();
  for (const auto& [their, our] : classes) {
    if (name == their) {
      choice.sampler = our;
      known = true;
    }
  }
  if (!known) {
    log().info("The model's own scheduler is {}, which Darkroom does not have; sampling with DDIM.", name);
    return choice;
  }
  if (choice.sampler == "dpmpp_2m" && scheduler_config.value("algorithm_type", "") == "sde-dpmsolver++") {
    choice.sampler = "dpmpp_2m_sde";
  }
  if (scheduler_config.value("use_karras_sigmas", false)) {
    choice.schedule = "karras";
  } else if (scheduler_config.value("use_exponential_sigmas", false)) {
    choice.schedule = "exponential";
  } else if (scheduler_config.value("use_beta_sigmas", false)) {
    choice.schedule = "beta";
  }
  return choice;
}

PreparedRequest prepare_request(SamplingModel& model, const GenerateOptions& wanted) {
  PreparedRequest prepared;
  prepared.options = with_defaults(model, wanted);
  GenerateOptions& options = prepared.options;
  const Sampler& sampler = find_sampler(*options.sampler);
  const int64_t f = model.downscale();
  const double strength = options.init_image.empty() ? 1.0 : options.strength;

  SamplingPass& first = prepared.first;
  first.sampler = &sampler;
  first.plan = plan_for(model, options, sampler, *options.steps, strength);
  first.rows = *options.height / f;
  first.columns = *options.width / f;
  const int calls = calls_of(sampler, *options.steps);
  first.conditioning = conditioning_for(model, options, {.steps = calls, .first_pass_steps = std::nullopt});
  if (first.plan.spacing) {
    options.spacing = std::string(timestep_spacing_name(*first.plan.spacing));
  }
  if (options.hires_scale) {
    SamplingPass second;
    second.sampler = &sampler;
    second.plan = plan_for(model, options, sampler, *options.hires_steps, options.hires_strength);
    second.rows = scaled_side(*options.height, *options.hires_scale, f) / f;
    second.columns = scaled_side(*options.width, *options.hires_scale, f) / f;
    second.conditioning = conditioning_for(model, options, {.steps = calls_of(sampler, *options.hires_steps), .first_pass_steps = calls});
    prepared.second = std::move(second);
  }
  return prepared;
}

}  // namespace darkroom
