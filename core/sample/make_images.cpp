// SPDX-License-Identifier: Apache-2.0
// The second pass starts from the decoded and enlarged picture (Lanczos), not from enlarged latents: those need a strength above 0.5 to
// lose their blur.
#include "core/sample/make_images.h"

#include <set>
#include <utility>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/diffusion/step_noise.h"
#include "core/sample/guided_denoiser.h"
#include "core/sample/latent_codec.h"
#include "core/sample/picture_hashes.h"
#include "core/sample/picture_start.h"
#include "core/sample/sampling_pass.h"
#include "core/sample/start_noise.h"
#include "core/sample/worn_loras.h"

namespace darkroom {
namespace {

// The images of a request that are made together.
struct Batch {
  int64_t first = 0;
  int64_t count = 0;
};

class RequestMaker {
 public:
  RequestMaker(SamplingModel& model, PreparedRequest prepared, const SampleHooks& hooks)
      : model_(model),
        prepared_(std::move(prepared)),
        options_(prepared_.options),
        tiling_(vae_tiling_from_name(options_.vae_tiling)),
        hooks_(hooks),
        start_(load_picture_start(model, options_, static_cast<int>(*options_.width), static_cast<int>(*options_.height))) {
    if (!options_.noise.empty()) {
      noise_ = noise_from_file(options_.noise, options_.count, channels(), prepared_.first.rows, prepared_.first.columns);
    }
    record_.options = options_;
    record_.sampler_label = prepared_.first.sampler->label;
    record_.model_name = std::filesystem::path(options_.model).filename().string();
    record_.weights_used = model.parts().paths.weights_used;
    record_.hires_upscaler = prepared_.second ? "Lanczos" : "";
  }

  // Latents as they left the last pass; the pictures go to the hooks.
  torch::Tensor make(const Batch& batch) {
    torch::Tensor latents = run_first(batch);
    torch::Tensor pixels = decode_latents(model_, latents, tiling_);
    if (prepared_.second) {
      latents = run_second(batch, pixels);
      pixels = decode_latents(model_, latents, tiling_);
    }
    if (record_.model_hash.empty()) {  // here: whole files are read, and no step need wait for it
      add_hashes(record_, model_, embeddings());
    }
    for (int64_t i = 0; i < batch.count && hooks_.on_image; ++i) {
      const int64_t index = batch.first + i;
      Image picture = image_from_pixels(pixels[i]);
      MadeImage made{start_ ? start_->keep(picture) : std::move(picture), index, seed_of(index), record_};
      made.record.image_index = index;
      hooks_.on_image(std::move(made));
    }
    return latents.to(torch::kCPU, torch::kFloat32);
  }

 private:
  // Those that any text of the request names.
  std::set<int> embeddings() const {
    std::set<int> named;
    const auto add = [&named](const PromptReport& report) { named.insert(report.embeddings.begin(), report.embeddings.end()); };
    add(prepared_.first.conditioning.positive());
    add(prepared_.first.conditioning.negative());
    if (prepared_.second) {
      add(prepared_.second->conditioning.positive());
      add(prepared_.second->conditioning.negative());
    }
    return named;
  }
  int64_t channels() const { return model_.parts().vae.model->latent_channels(); }
  bool varies() const { return options_.variation_seed && options_.variation_strength > 0; }
  // With a variation all images share their own noise, and differ by what is mixed in.
  uint64_t seed_of(int64_t index) const { return static_cast<uint64_t>(options_.seed) + (varies() ? 0 : static_cast<uint64_t>(index)); }

  torch::Tensor noise_for(const Batch& batch, const SamplingPass& pass) const {
    if (noise_ && &pass == &prepared_.first) {
      return noise_->narrow(0, batch.first, batch.count);
    }
    if (!varies()) {
      return initial_noise(seed_of(batch.first), batch.count, channels(), pass.rows, pass.columns);
    }
    const torch::Tensor own = initial_noise(seed_of(batch.first), 1, channels(), pass.rows, pass.columns);
    const uint64_t other = static_cast<uint64_t>(*options_.variation_seed) + static_cast<uint64_t>(batch.first);
    const torch::Tensor others = initial_noise(other, batch.count, channels(), pass.rows, pass.columns);
    return spherical_mix(own.expand_as(others), others, options_.variation_strength);
  }

  PathNoise step_noise(const Batch& batch, const SamplingPass& pass) const {
    std::vector<at::Generator> generators;
    for (int64_t i = 0; i < batch.count; ++i) {
      generators.push_back(step_generator(seed_of(batch.first + i), channels(), pass.rows, pass.columns));
    }
    return PathNoise(std::move(generators));
  }

  std::optional<torch::Tensor> extra_channels(const PictureStart* start, const SamplingPass& pass) const {
    const bool inpainting = model_.parts().unet.model->in_channels() == 2 * channels() + 1;
    return inpainting ? std::make_optional(inpainting_channels(model_, start, pass.rows, pass.columns, tiling_)) : std::nullopt;
  }

  // One pass over one batch from `x`; `done` moves were made before it.
  torch::Tensor run(const Batch& batch, const SamplingPass& pass, const PictureStart* start, const torch::Tensor& x, int64_t done) {
    GuidedDenoiser denoiser(model_, pass.conditioning, {options_.cfg_scale, options_.cfg_rescale}, extra_channels(start, pass));
    SamplerRun run;
    run.plan = pass.plan;
    run.prediction = model_.prediction();
    run.cancel = hooks_.cancel;
    run.noise = step_noise(batch, pass);
    if (start != nullptr && start->mask_11hw) {
      run.edit = [start](const torch::Tensor& x0) { return start->keep(x0); };
    }
    run.seen = [&](int64_t step, int64_t, const torch::Tensor& x0) {
      if (hooks_.on_step) {
        const double now_s = monotonic_seconds();
        const double step_s = now_s - std::exchange(step_began_s_, now_s);
        hooks_.on_step(
            {batch.first, options_.count, done + step, prepared_.moves(), [this, x0, step_s] { return model_.preview(x0[0], step_s); }});
        step_began_s_ = monotonic_seconds();  // what the listener did belongs to no step
      }
    };
    step_began_s_ = monotonic_seconds();
    const torch::Tensor latents = pass.plan.moves.empty() ? x : pass.sampler->run(std::ref(denoiser), x, run);
    hooks_.cancel.check();
    return start != nullptr ? start->keep(latents) : latents;
  }

  torch::Tensor run_first(const Batch& batch) {
    const SamplingPass& pass = prepared_.first;
    const torch::Tensor noise = noise_for(batch, pass).to(model_.device());
    const torch::Tensor x = start_ ? pass.plan.start(start_->latents_1Chw.expand_as(noise), noise) : pass.plan.start(noise);
    return run(batch, pass, start_ ? &*start_ : nullptr, x, 0);
  }

  torch::Tensor run_second(const Batch& batch, const torch::Tensor& pixels_B3HW) {
    const SamplingPass& pass = *prepared_.second;
    const int64_t f = model_.downscale();
    std::vector<torch::Tensor> larger;
    for (int64_t i = 0; i < batch.count; ++i) {
      const Image picture =
          resize_image(image_from_pixels(pixels_B3HW[i]), static_cast<int>(pass.columns * f), static_cast<int>(pass.rows * f));
      larger.push_back(encode_pixels(model_, pixels_from_image(picture), tiling_));
    }
    const torch::Tensor noise = noise_for(batch, pass).to(model_.device());
    return run(batch, pass, nullptr, pass.plan.start(at::cat(larger, 0), noise), prepared_.first.moves());
  }

  SamplingModel& model_;
  PreparedRequest prepared_;
  const GenerateOptions& options_;
  const VaeTiling tiling_;
  const SampleHooks& hooks_;
  std::optional<PictureStart> start_;
  std::optional<torch::Tensor> noise_;
  GenerationRecord record_;
  double step_began_s_ = 0;
};

}  // namespace

SampleOutcome make_images(SamplingModel& model, const GenerateOptions& wanted, const SampleHooks& hooks) {
  const torch::NoGradGuard no_grad;
  model.wear(worn_loras(wanted, model.parts().paths), wanted.embeddings);
  model.use_preview_decoder(find_preview_decoder(wanted.preview_decoder, model.parts().paths));
  PreparedRequest prepared = prepare_request(model, wanted);
  SampleOutcome outcome;
  outcome.options = prepared.options;
  outcome.prompt = prepared.first.conditioning.positive();
  outcome.negative = prepared.first.conditioning.negative();
  RequestMaker maker(model, std::move(prepared), hooks);
  std::vector<torch::Tensor> latents;
  for (int64_t first = 0; first < wanted.count; first += wanted.batch) {
    latents.push_back(maker.make({first, std::min<int64_t>(wanted.batch, wanted.count - first)}));
  }
  outcome.latents_BCHW = at::cat(latents, 0);
  return outcome;
}

}  // namespace darkroom
