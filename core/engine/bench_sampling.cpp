// SPDX-License-Identifier: Apache-2.0
// Inputs are random: no kernel here depends on values.
#include "core/engine/bench_sampling.h"

#include "core/base/progress.h"
#include "core/engine/bench_captions.h"
#include "core/engine/bench_runs.h"
#include "core/engine/process_age.h"
#include "core/nn/packed_weights.h"
#include "core/nn/unet_replay.h"
#include "core/sample/make_images.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/peak_memory.h"

namespace darkroom {
namespace {

constexpr int64_t train_steps = 1000;

// To the microsecond.
double in_ms(double seconds) { return std::round(seconds * 1e6) / 1e3; }

}  // namespace

BenchFigures bench_unet_step(const BenchModel& model, const BenchSettings& settings) {
  const torch::NoGradGuard no_grad;
  LoadedUNet unet = model.open_unet(load_options(settings, settings.dtype));
  unet.weights = pack_for_inference(unet.model->layout(), std::move(unet.weights), settings.dtype);
  const std::vector<int64_t> shape = latent_shape(model, settings, unet.model->in_channels());
  const torch::Tensor x_BCHW = random_input(settings, shape, settings.dtype);
  const torch::Tensor t_B = random_times(settings, train_steps);
  const torch::Tensor context_BLD = random_context(model, settings, settings.dtype);
  UNetReplay replay(*unet.model, settings.device);
  ContextCache projections;
  const auto step = [&] { replay.forward(unet.weights, x_BCHW, t_B, context_BLD, std::nullopt, projections); };
  if (!settings.device.is_cpu()) {
    step();  // a recording is made in the second call, which is the one that warms up
  }
  const Timing timing = time_runs(settings, step);
  return figures(settings, timing, settings.dtype, shape,
                 {{"steps_per_s", per_second(1, timing)},
                  {"replayed", replay.recorded() > 0},
                  {"weights", unet_weights(model)},
                  {"parameters", unet.model->layout().parameter_count()}});
}

BenchFigures bench_vae_decode(const BenchModel& model, const BenchSettings& settings) {
  const torch::NoGradGuard no_grad;
  const torch::ScalarType dtype = SamplingModel::vae_dtype_for(settings.dtype);
  LoadedVae vae = model.open_vae(load_options(settings, dtype));
  vae.weights = pack_for_inference(vae.model->layout(), std::move(vae.weights), dtype, Vae::decoder_weights);
  const std::vector<int64_t> shape = latent_shape(model, settings, vae.model->latent_channels());
  const torch::Tensor latents_BCHW = random_input(settings, shape, dtype);
  const Timing timing = time_runs(settings, [&] { vae.model->decode(vae.weights, latents_BCHW); });
  return figures(settings, timing, dtype, shape,
                 {{"images_per_s", per_second(settings.batch, timing)}, {"weights", model.vae()->weights("model")}});
}

BenchFigures bench_vae_encode(const BenchModel& model, const BenchSettings& settings) {
  const torch::NoGradGuard no_grad;
  const torch::ScalarType dtype = SamplingModel::vae_dtype_for(settings.dtype);
  LoadedVae vae = model.open_vae(load_options(settings, dtype));
  vae.weights = pack_for_inference(vae.model->layout(), std::move(vae.weights), dtype, Vae::encoder_weights);
  const auto [height, width] = picture_size(model, settings);
  const std::vector<int64_t> shape = {settings.batch, vae.model->config().in_channels, height, width};
  const torch::Tensor images_BCHW = random_input(settings, shape, dtype).clamp(-1, 1).contiguous(at::MemoryFormat::ChannelsLast);
  const Timing timing = time_runs(settings, [&] { vae.model->encode(vae.weights, images_BCHW); });
  return figures(settings, timing, dtype, shape,
                 {{"images_per_s", per_second(settings.batch, timing)}, {"weights", model.vae()->weights("model")}});
}

BenchFigures bench_text_encode(const BenchModel& model, const BenchSettings& settings) {
  const torch::NoGradGuard no_grad;
  LoadedTextEncoder text = model.open_text_encoder(load_options(settings, settings.dtype));
  text.weights = pack_for_inference(text.model->layout(), std::move(text.weights), settings.dtype);
  torch::Tensor ids_BL = torch::empty({settings.batch, ClipTokenizer::kLength}, torch::kInt32);
  const std::vector<std::string> captions = composed_captions(static_cast<size_t>(settings.batch));
  for (size_t row = 0; row < captions.size(); ++row) {
    ClipTokenizer::builtin().encode_into(captions[row], ids_BL.mutable_data_ptr<int32_t>() + row * ClipTokenizer::kLength, nullptr);
  }
  ids_BL = ids_BL.to(settings.device);
  const Timing timing = time_runs(settings, [&] { text.model->encode(text.weights, ids_BL); });
  return figures(settings, timing, settings.dtype, {settings.batch, ClipTokenizer::kLength},
                 {{"captions_per_s", per_second(settings.batch, timing)}, {"weights", model.text_encoder()->weights("model")}});
}

namespace {

// Runs of make_images; each prompt is new, else the second run would find it encoded.
class ImageRuns {
 public:
  ImageRuns(const BenchModel& model, const BenchSettings& settings)
      : size_(picture_size(model, settings)),
        all_read_(model.unet()->source && model.vae()->source && model.text_encoder()->source),
        sampling_(parts_of(model, settings), settings.device, settings.dtype),
        prompts_(composed_captions(static_cast<size_t>(settings.repeat) + 1)) {
    options_.width = size_.width;
    options_.height = size_.height;
    options_.steps = settings.steps;
    options_.count = settings.batch;
    options_.batch = settings.batch;
    hooks.cancel = settings.cancel;
    hooks.on_image = [](const MadeImage&) {};
  }

  void prepare(int64_t run) { options_.prompt = prompts_[static_cast<size_t>(run)]; }
  void make() { used_ = make_images(sampling_, options_, hooks).options; }

  const SamplingModel& sampling() const { return sampling_; }
  int64_t latent_channels() const { return sampling_.parts().vae.model->latent_channels(); }
  bool is_guided() const { return options_.cfg_scale != 1.0; }
  std::vector<int64_t> shape(const BenchSettings& settings) const { return {settings.batch, 3, size_.height, size_.width}; }
  Json facts(const BenchModel& model) const {
    return {{"sampler", *used_.sampler},
            {"steps", *used_.steps},
            {"cfg_scale", used_.cfg_scale},
            {"weights", all_read_ ? unet_weights(model) : "random"}};
  }

  SampleHooks hooks;

 private:
  static ModelParts parts_of(const BenchModel& model, const BenchSettings& settings) {
    const LoadOptions load = load_options(settings, settings.dtype);
    return {model.paths(), model.open_unet(load), model.open_vae(load_options(settings, SamplingModel::vae_dtype_for(settings.dtype))),
            model.open_text_encoder(load)};
  }

  PictureSize size_;
  bool all_read_;
  SamplingModel sampling_;
  std::vector<std::string> prompts_;
  GenerateOptions options_;
  GenerateOptions used_;
};

// What previews cost: the first one, for which a linear guess is fitted to the VAE, and those after it, when the decoder has found its
// size.
struct PreviewTimes {
  double first_s = 0;
  double later_s = 0;
};

PreviewTimes time_previews(const SamplingModel& model, const torch::Tensor& latents_CHW, double step_s) {
  constexpr int runs = 7;
  PreviewTimes times;
  for (int i = 0; i < runs; ++i) {
    const double started_s = monotonic_seconds();
    model.preview(latents_CHW, step_s);
    const double took_s = monotonic_seconds() - started_s;
    times.first_s = i == 0 ? took_s : times.first_s;
    times.later_s = took_s;
  }
  return times;
}

// When the steps of each run ended and its pictures came.
struct RunTimes {
  double started_s = 0;
  std::vector<double> steps_s;
  double image_s = 0;
};

}  // namespace

BenchFigures bench_image(const BenchModel& model, const BenchSettings& settings) {
  ImageRuns runs(model, settings);
  const Timing timing = time_runs(
      settings, [&](int64_t run) { runs.prepare(run); }, [&](int64_t) { runs.make(); });
  Json more = runs.facts(model);
  more["images_per_s"] = per_second(settings.batch, timing);
  return figures(settings, timing, settings.dtype, runs.shape(settings), std::move(more));
}

BenchFigures bench_generate(const BenchModel& model, const BenchSettings& settings) {
  const double opened_s = monotonic_seconds();
  ImageRuns runs(model, settings);
  const double load_s = monotonic_seconds() - opened_s;
  RunTimes times;
  std::optional<double> cold_first_step_s;
  runs.hooks.on_step = [&](const SampleStep&) {
    wait_for(settings.device);
    times.steps_s.push_back(monotonic_seconds());
    cold_first_step_s = cold_first_step_s.value_or(seconds_since_process_start());
  };
  runs.hooks.on_image = [&](const MadeImage& made) { times.image_s = made.index == 0 ? monotonic_seconds() : times.image_s; };

  // The bare forward pass alternates with the pictures, so that both see the same machine.
  const torch::NoGradGuard no_grad;
  BenchSettings bare = settings;
  bare.batch = settings.batch * (runs.is_guided() ? 2 : 1);
  const LoadedUNet& unet = runs.sampling().parts().unet;
  const torch::Tensor x_BCHW = random_input(settings, latent_shape(model, bare, unet.model->in_channels()), settings.dtype);
  const torch::Tensor t_1 = torch::full({1}, 500.0, torch::TensorOptions().device(settings.device));
  const torch::Tensor context_BLD = random_context(model, bare, settings.dtype);
  ContextCache projections;
  std::vector<double> bare_s, step_s, before_s, decode_s;
  const auto time_bare = [&] {
    wait_for(settings.device);
    const double started_s = monotonic_seconds();
    runs.sampling().run_unet(x_BCHW, t_1, context_BLD, std::nullopt, projections);
    wait_for(settings.device);
    bare_s.push_back(monotonic_seconds() - started_s);
  };
  const auto record = [&] {
    const double first_s = times.steps_s.front() - times.started_s;
    decode_s.push_back(times.image_s - times.steps_s.back());
    std::vector<double> intervals_s;
    for (size_t i = 1; i < times.steps_s.size(); ++i) {
      intervals_s.push_back(times.steps_s[i] - times.steps_s[i - 1]);
    }
    if (!intervals_s.empty()) {
      before_s.push_back(first_s - median_of(intervals_s));
      step_s.insert(step_s.end(), intervals_s.begin(), intervals_s.end());
    }
  };
  const Timing timing = time_runs(
      settings,
      [&](int64_t index) {
        if (index > 0) {
          time_bare();
        }
        if (index > 1) {
          record();
        }
        runs.prepare(index);
        times = {.started_s = monotonic_seconds()};
      },
      [&](int64_t) { runs.make(); });
  record();
  time_bare();

  Json more = runs.facts(model);
  const double bare_median_s = median_of(bare_s);
  more.update({{"images_per_s", per_second(settings.batch, timing)},
               {"unet_ms", in_ms(bare_median_s)},
               {"decode_ms", in_ms(median_of(decode_s))},
               {"load_s", in_ms(load_s) / 1e3},
               {"cold_first_step_s", *cold_first_step_s},
               {"peak_gib", peak_memory_gib(settings.device)}});
  if (!step_s.empty()) {  // one step alone has no interval
    more["step_ms"] = in_ms(median_of(step_s));
    more["before_first_step_ms"] = in_ms(median_of(before_s));
    more["overhead"] = median_of(step_s) / bare_median_s - 1;
    const PreviewTimes preview = time_previews(runs.sampling(), x_BCHW[0].narrow(0, 0, runs.latent_channels()), median_of(step_s));
    more["preview_first_ms"] = in_ms(preview.first_s);
    more["preview_ms"] = in_ms(preview.later_s);
    more["preview_share"] = preview.later_s / median_of(step_s);
  }
  return figures(settings, timing, settings.dtype, runs.shape(settings), std::move(more));
}

}  // namespace darkroom
