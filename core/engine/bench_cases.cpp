// SPDX-License-Identifier: Apache-2.0
// Each bench opens what it needs and lets it go at its end, so that a big model's training state and its sampling weights are never in
// memory together. Inputs are random: no kernel here depends on values.
#include "core/engine/bench_cases.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/distributed/gradient_reducer.h"
#include "core/engine/bench_captions.h"
#include "core/engine/bench_decode.h"
#include "core/engine/bench_filter.h"
#include "core/engine/bench_runs.h"
#include "core/engine/bench_sampling.h"
#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/model/model_writer.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/peak_memory.h"
#include "core/train/train_step.h"

namespace darkroom {
namespace {

constexpr double learning_rate = 1e-5;
constexpr size_t composed_caption_count = 100000;

AdamwEmaBuffers buffers_of(const ParameterArena& arena) {
  AdamwEmaBuffers buffers{.master = arena.flat(ArenaBuffer::master),
                          .gradient = arena.flat(ArenaBuffer::gradient),
                          .exp_avg = arena.flat(ArenaBuffer::exp_avg),
                          .exp_avg_sq = arena.flat(ArenaBuffer::exp_avg_sq),
                          .ema = arena.flat(ArenaBuffer::ema)};
  if (arena.options().working_dtype == torch::kBFloat16) {
    buffers.working = arena.flat(ArenaBuffer::working);
  }
  return buffers;
}

void update(const AdamwEmaBuffers& buffers, int64_t run) {
  adamw_ema_step(buffers, {.lr = learning_rate, .weight_decay = 0.01, .step = run + 1, .clip_norm = 1.0, .ema_decay = 0.9999},
                 grad_norm(buffers.gradient));
}

// One optimiser step of one micro-step: forward, backward, norm, clip, AdamW, EMA. shape: the latents, [B,C,H,W].
BenchFigures whole_train_step(const BenchModel& model, const BenchSettings& settings) {
  const std::unique_ptr<UNetModel> unet = make_unet(model.unet()->config);
  const std::unique_ptr<ParameterArena> arena = model.open_arena(unet->layout(), {settings.device, settings.dtype});
  const std::unique_ptr<ProcessGroup> alone = join_process_group({.device = settings.device});
  GradientReducer reducer(*arena, *alone);
  const NoiseSchedule schedule = NoiseSchedule::from_config(training_scheduler_config(), "the training schedule", settings.device);
  const std::vector<int64_t> shape = latent_shape(model, settings, unet->in_channels());
  const TrainInputs inputs{.x0_BCHW = random_input(settings, shape, torch::kFloat32),
                           .eps_BCHW = random_input(settings, shape, torch::kFloat32),
                           .t_B = random_times(settings, schedule.train_steps()),
                           .context_BLD = random_context(model, settings, settings.dtype)};
  TrainStepSettings step{.dtype = settings.dtype};
  step.run.recompute = settings.recompute.value_or(settings.device.is_cuda());  // as a plan's "recompute": "auto"
  const AdamwEmaBuffers buffers = buffers_of(*arena);
  const Timing timing = time_runs(
      settings, [](int64_t) {},
      [&](int64_t run) {
        reducer.start();
        train_step(*unet, arena->leaves(), inputs, schedule, step);
        reducer.finish();
        update(buffers, run);
      });
  return figures(settings, timing, settings.dtype, shape,
                 {{"images_per_s", per_second(settings.batch, timing)},
                  {"recompute", step.run.recompute},
                  {"peak_gib", peak_memory_gib(settings.device)},
                  {"weights", unet_weights(model)},
                  {"parameters", unet->layout().parameter_count()}});
}

// Norm, clip, AdamW, EMA (and the bf16 copy) over the UNet's flat buffers. shape: elements of each buffer, [N].
BenchFigures optimizer(const BenchModel& model, const BenchSettings& settings) {
  const std::unique_ptr<UNetModel> unet = make_unet(model.unet()->config);
  const std::unique_ptr<ParameterArena> arena = model.open_arena(unet->layout(), {settings.device, settings.dtype});
  const AdamwEmaBuffers buffers = buffers_of(*arena);
  const Timing timing = time_runs(
      settings, [&](int64_t) { buffers.gradient.fill_(1e-3); }, [&](int64_t run) { update(buffers, run); });
  // Read for the norm: the gradient. Read and written by the step: five fp32 buffers. Written: the bf16 copy.
  const int64_t elements = unet->layout().flat_size();
  const int64_t bytes = elements * (4 + 5 * 8 + (buffers.working ? 2 : 0));
  return figures(
      settings, timing, settings.dtype, {elements},
      {{"gb_per_s", per_second(bytes, timing) / 1e9}, {"weights", unet_weights(model)}, {"parameters", unet->layout().parameter_count()}});
}

// On one thread, as one worker of a batcher does it. shape: ids that are made, [captions,77].
BenchFigures bench_tokenize(const BenchSettings& on_device) {
  BenchSettings settings = on_device;
  settings.device = torch::kCPU;
  const std::vector<std::string> captions =
      settings.file.empty() ? composed_captions(composed_caption_count) : captions_from_file(settings.file);
  const ClipTokenizer& tokenizer = ClipTokenizer::builtin();
  constexpr size_t block = 1024;  // rows that are written over and over: a worker's batch, not a file
  std::vector<int32_t> ids(block * ClipTokenizer::kLength);
  std::vector<int32_t> mask(block * ClipTokenizer::kLength);
  const Timing timing = time_runs(settings, [&] {
    for (size_t i = 0; i < captions.size(); ++i) {
      const size_t row = i % block * ClipTokenizer::kLength;
      tokenizer.encode_into(captions[i], ids.data() + row, mask.data() + row);
    }
  });
  const auto count = static_cast<int64_t>(captions.size());
  BenchFigures result =
      figures(settings, timing, torch::kFloat32, {count, ClipTokenizer::kLength},
              {{"captions_per_s", per_second(count, timing)}, {"captions", settings.file.empty() ? "composed" : settings.file}});
  result.dtype = "int32";
  result.more["threads"] = 1;
  return result;
}

enum class Needs : unsigned { nothing = 0, unet = 1, vae = 2, text_encoder = 4, whole_model = 7 };

bool needs(Needs all, Needs one) { return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0; }

constexpr const char* filter_bench = "filter";

struct BenchCase {
  const char* name;
  Needs parts;
  bool trains;                                                                  ///< in fp32 or bf16 only
  BenchFigures (*run)(const BenchModel& model, const BenchSettings& settings);  ///< null for one without a model
  BenchFigures (*run_alone)(const BenchSettings& settings);                     ///< for one without a model
};

constexpr BenchCase cases[] = {
    {"unet_step", Needs::unet, false, bench_unet_step, nullptr},  {"vae_decode", Needs::vae, false, bench_vae_decode, nullptr},
    {"vae_encode", Needs::vae, false, bench_vae_encode, nullptr}, {"text_encode", Needs::text_encoder, false, bench_text_encode, nullptr},
    {"image", Needs::whole_model, false, bench_image, nullptr},   {"generate", Needs::whole_model, false, bench_generate, nullptr},
    {"train_step", Needs::unet, true, whole_train_step, nullptr}, {"optimizer", Needs::unet, true, optimizer, nullptr},
    {"tokenize", Needs::nothing, false, nullptr, bench_tokenize}, {"image_decode", Needs::nothing, false, nullptr, bench_image_decode},
    {filter_bench, Needs::nothing, false, nullptr, bench_filter},
};

const BenchCase& find_case(std::string_view name) {
  const auto* found = std::find_if(std::begin(cases), std::end(cases), [&](const BenchCase& item) { return item.name == name; });
  if (found == std::end(cases)) {
    throw std::invalid_argument(format("[bench] name must be one of {}, got \"{}\"", fmt::join(bench_names(), ", "), name));
  }
  return *found;
}

}  // namespace

const std::vector<std::string>& bench_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const BenchCase& item : cases) {
      all.emplace_back(item.name);
    }
    return all;
  }();
  return names;
}

bool bench_needs_model(std::string_view name) { return find_case(name).parts != Needs::nothing; }

std::optional<BenchObstacle> bench_obstacle(std::string_view name, const BenchModel& model, const BenchSettings& settings) {
  const BenchCase& item = find_case(name);
  const auto lacks = [&](const char* part) {
    return BenchObstacle{ErrorCode::not_found,
                         format("{} needs a {}, and the model {} has none.", name, part, model.paths().model.string())};
  };
  if (needs(item.parts, Needs::unet) && !model.unet()) {
    return lacks("UNet");
  }
  if (needs(item.parts, Needs::vae) && !model.vae()) {
    return lacks("VAE");
  }
  if (needs(item.parts, Needs::text_encoder) && !model.text_encoder()) {
    return lacks("text encoder");
  }
  if (name == filter_bench && settings.file.empty()) {
    return BenchObstacle{ErrorCode::usage, "filter needs image metadata: give a parquet file, or a folder of them, with --file."};
  }
  if (item.trains && settings.dtype == torch::kFloat16) {
    return BenchObstacle{ErrorCode::usage, format("{} knows --dtype fp32 and bf16, as training does, not fp16.", name)};
  }
  return std::nullopt;
}

BenchFigures run_bench(std::string_view name, const BenchModel* model, const BenchSettings& settings) {
  const BenchCase& item = find_case(name);
  BenchFigures result = item.run == nullptr ? item.run_alone(settings) : item.run(*model, settings);
  result.bench = name;
  return result;
}

}  // namespace darkroom
