// SPDX-License-Identifier: Apache-2.0
// Guidance runs as one forward of [uncond, cond]; at scale 1 the unconditional half is left out. Latents stay in fp32 between steps,
// whatever the model's dtype: bf16 would lose the small moves of late steps.
#include "core/sample/text_to_image.h"

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/diffusion/guidance.h"
#include "core/diffusion/sampler.h"
#include "core/sample/initial_noise.h"

namespace darkroom {
namespace {

constexpr int64_t default_steps = 50;
constexpr int64_t default_latent_side = 64;
constexpr const char* default_sampler = "ddim";

torch::ScalarType dtype_for(const std::string& wanted, torch::Device device) {
  if (wanted == "fp32" || (wanted == "auto" && device.is_cpu())) {
    return torch::kFloat32;
  }
  return wanted == "fp16" ? torch::kFloat16 : torch::kBFloat16;
}

WeightsChoice weights_choice(const std::string& name) { return name == "live" ? WeightsChoice::live : WeightsChoice::ema; }

std::optional<std::filesystem::path> optional_path(const std::string& text) {
  return text.empty() ? std::nullopt : std::make_optional<std::filesystem::path>(text);
}

ModelParts load_parts(const GenerateOptions& options, torch::Device device, torch::ScalarType dtype) {
  const ModelPaths paths =
      resolve_model(options.model, weights_choice(options.weights), {optional_path(options.vae), optional_path(options.text_encoder)});
  const LoadOptions load{dtype, device, ConvolutionMemory::channels_last};
  return load_model(paths, load, SamplingModel::vae_dtype_for(dtype));
}

// The sampler's name in a diffusers scheduler_config.json, as far as this build has it.
std::string sampler_of_config(const Json& scheduler) {
  const std::string name = scheduler.is_object() ? scheduler.value("_class_name", "") : "";
  if (!name.empty() && name != "DDIMScheduler") {
    log().info("The model's own scheduler is {}; sampling with DDIM.", name);
  }
  return default_sampler;
}

GenerateOptions with_defaults(const SamplingModel& model, GenerateOptions options) {
  const int64_t f = model.parts().vae.model->downscale();
  const int64_t side = model.parts().unet.model->config().sample_size.value_or(default_latent_side) * f;
  options.sampler = options.sampler.value_or(sampler_of_config(model.parts().paths.scheduler));
  options.steps = options.steps.value_or(default_steps);
  options.width = options.width.value_or(side);
  options.height = options.height.value_or(side);
  if (*options.width % f != 0 || *options.height % f != 0) {
    fail(ErrorCode::usage, "--width and --height must be multiples of {} for this model, got {}x{}.", f, *options.width, *options.height);
  }
  return options;
}

SpacingOptions spacing_for(const SamplingModel& model, GenerateOptions& options) {
  const Json& scheduler = model.parts().paths.scheduler;
  SpacingOptions spacing =
      scheduler.is_object() && !scheduler.empty() ? spacing_from_config(scheduler, "scheduler_config.json") : SpacingOptions{};
  if (options.spacing) {
    spacing.spacing = timestep_spacing_from_name(*options.spacing);
  }
  options.spacing = std::string(timestep_spacing_name(spacing.spacing));
  return spacing;
}

Prediction prediction_of(const Json& scheduler) {
  return scheduler.is_object() && scheduler.contains("prediction_type")
             ? prediction_from_name(scheduler["prediction_type"].get<std::string>())
             : Prediction::epsilon;
}

Image image_from_bytes(const torch::Tensor& bytes_HWC) {
  Image image(static_cast<int>(bytes_HWC.size(1)), static_cast<int>(bytes_HWC.size(0)));
  std::copy_n(bytes_HWC.const_data_ptr<uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

// [-1,1] RGB rounded to bytes, as diffusers does.
Image image_from_tensor(const torch::Tensor& rgb_3HW) {
  const torch::Tensor bytes_HWC =
      rgb_3HW.to(torch::kFloat32).div(2).add(0.5).clamp(0, 1).mul(255).round().to(torch::kUInt8).permute({1, 2, 0}).contiguous().cpu();
  return image_from_bytes(bytes_HWC);
}

// Binds the prompts to the model: a function of (x, t) that gives the guided output in fp32.
Denoise guided_model(const SamplingModel& model, const EncodedPrompt& negative, const EncodedPrompt& positive,
                     const GenerateOptions& options, int64_t batch) {
  const bool guided = options.cfg_scale != 1.0;
  const auto repeated = [batch](const torch::Tensor& one) { return one.expand({batch, -1, -1}); };
  torch::Tensor context_BLD = repeated(positive.states_1LD);
  UNetRun run;
  if (guided) {
    context_BLD = at::cat({repeated(negative.states_1LD), context_BLD}, 0);
  }
  if (positive.mask_1L) {
    const torch::Tensor mask_1L = *positive.mask_1L;
    const torch::Tensor mask_BL = mask_1L.expand({batch, -1});
    run.context_mask_BL = guided ? at::cat({negative.mask_1L->expand({batch, -1}), mask_BL}, 0) : mask_BL;
  }
  return [&model, context_BLD = context_BLD.contiguous(), run, guided, scale = options.cfg_scale](const torch::Tensor& x, double t) {
    const torch::Tensor input = (guided ? at::cat({x, x}, 0) : x).to(model.dtype()).contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor t_1 = torch::full({1}, t, torch::TensorOptions().dtype(torch::kFloat32).device(model.device()));
    const torch::Tensor output =
        model.parts().unet.model->forward(model.parts().unet.weights, input, t_1, context_BLD, run).to(torch::kFloat32);
    return guided ? guidance_combine(output, scale) : output;
  };
}

GenerationRecord record_of(const SamplingModel& model, const GenerateOptions& options, const Sampler& sampler) {
  GenerationRecord record;
  record.options = options;
  record.sampler_label = sampler.label;
  record.model_name = std::filesystem::path(options.model).filename().string();
  record.model_hash = model.unet_hash();
  record.vae_hash = model.vae_hash();
  record.weights_used = model.parts().paths.weights_used;
  return record;
}

}  // namespace

SamplingModel::SamplingModel(const GenerateOptions& options, torch::Device device)
    : SamplingModel(load_parts(options, device, dtype_for(options.dtype, device)), device, dtype_for(options.dtype, device)) {
  unet_hash_ = part_hash(parts_.paths.require_unet());
  vae_hash_ = part_hash(parts_.paths.require_vae());
}

SamplingModel::SamplingModel(ModelParts parts, torch::Device device, torch::ScalarType dtype)
    : device_(device),
      dtype_(dtype),
      vae_dtype_(vae_dtype_for(dtype)),
      parts_(std::move(parts)),
      schedule_(NoiseSchedule::from_config(parts_.paths.scheduler, "scheduler_config.json", torch::kCPU)),
      preview_(LatentPreview::fit(parts_.vae, vae_dtype_, device)) {
  const bool use_mask = parts_.paths.text_attention_mask.value_or(parts_.unet.model->config().layout == UNetLayout::scratch);
  prompts_.emplace(parts_.text, device_, use_mask);
}

std::string SamplingModel::key(const GenerateOptions& options, torch::Device device) {
  return format("{}|{}|{}|{}|{}|{}", options.model, options.vae, options.text_encoder, options.weights, options.dtype, device.str());
}

SampleOutcome make_images(SamplingModel& model, const GenerateOptions& wanted, const SampleHooks& hooks) {
  const torch::NoGradGuard no_grad;
  SampleOutcome outcome;
  outcome.options = with_defaults(model, wanted);
  GenerateOptions& options = outcome.options;
  const Sampler& sampler = find_sampler(*options.sampler);
  const std::vector<TimestepMove> moves = plan_timesteps(model.schedule(), *options.steps, spacing_for(model, options));

  const EncodedPrompt positive = model.prompts().encode(options.prompt, static_cast<int>(options.clip_skip));
  const EncodedPrompt negative = model.prompts().encode(options.negative, static_cast<int>(options.clip_skip));
  outcome.prompt_cut = positive.cut;
  outcome.negative_cut = negative.cut;

  const Vae& vae = *model.parts().vae.model;
  const int64_t rows = *options.height / vae.downscale();
  const int64_t columns = *options.width / vae.downscale();
  const auto seed = static_cast<uint64_t>(options.seed);
  const torch::Tensor noise_BCHW = options.noise.empty()
                                       ? initial_noise(seed, options.count, vae.latent_channels(), rows, columns)
                                       : noise_from_file(options.noise, options.count, vae.latent_channels(), rows, columns);
  const GenerationRecord record = record_of(model, options, sampler);
  std::vector<torch::Tensor> all_latents;
  for (int64_t first = 0; first < options.count; first += options.batch) {
    const int64_t batch = std::min<int64_t>(options.batch, options.count - first);
    SamplerRun run;
    run.moves = moves;
    run.prediction = prediction_of(model.parts().paths.scheduler);
    run.eta = options.eta;
    run.cancel = hooks.cancel;
    // One generator an image, as for the starting noise: an image does not depend on its neighbours.
    std::vector<at::Generator> generators;
    for (int64_t i = 0; i < batch; ++i) {
      generators.push_back(at::detail::createCPUGenerator(seed + static_cast<uint64_t>(first + i)));
      at::randn({1, vae.latent_channels(), rows, columns}, generators.back(), torch::kFloat32);  // the starting noise came first
    }
    run.noise = [&generators](const torch::Tensor& x, int64_t) {
      std::vector<torch::Tensor> parts;
      parts.reserve(generators.size());
      for (at::Generator& generator : generators) {
        parts.push_back(at::randn({1, x.size(1), x.size(2), x.size(3)}, generator, torch::kFloat32));
      }
      return at::cat(parts, 0).to(x.device());
    };
    run.seen = [&](int64_t step, int64_t of, const torch::Tensor& x0) {
      if (hooks.on_step) {
        hooks.on_step({first, options.count, step, of, [&model, x0] { return image_from_bytes(model.preview().rgb(x0[0])); }});
      }
    };
    const torch::Tensor latents_BCHW =
        sampler.run(guided_model(model, negative, positive, options, batch), noise_BCHW.narrow(0, first, batch).to(model.device()), run);
    hooks.cancel.check();
    all_latents.push_back(latents_BCHW.to(torch::kCPU, torch::kFloat32));
    const torch::Tensor pictures_B3HW = vae.decode(
        model.parts().vae.weights, (latents_BCHW / vae.scaling_factor()).to(model.vae_dtype()).contiguous(at::MemoryFormat::ChannelsLast));
    for (int64_t i = 0; i < batch && hooks.on_image; ++i) {
      MadeImage made{image_from_tensor(pictures_B3HW[i]), first + i, seed + static_cast<uint64_t>(first + i), record};
      made.record.image_index = first + i;
      hooks.on_image(std::move(made));
    }
  }
  outcome.latents_BCHW = at::cat(all_latents, 0);
  return outcome;
}

}  // namespace darkroom
