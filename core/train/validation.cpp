// SPDX-License-Identifier: Apache-2.0
// The source run drew grids with the live weights and validated v-prediction with other alphas; both go through one schedule and the EMA
// here.
#include "core/train/validation.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/base/format.h"
#include "core/diffusion/guidance.h"
#include "core/diffusion/sampler.h"
#include "core/image/image_encode.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/sample_draws.h"
#include "core/train/train_step.h"

namespace darkroom {
namespace {

constexpr std::string_view scheduler_name = "the phase's scheduler";
constexpr uint64_t validation_stream = 0x76616c69;  // keeps the validation draws apart from every phase's

torch::Tensor caption_states(const ValidationContext& context, const std::string& caption) {
  constexpr int64_t length = ClipTokenizer::kLength;
  std::array<int32_t, length> ids{};
  std::array<int32_t, length> mask{};
  ClipTokenizer::builtin().encode_into(caption, ids.data(), mask.data());
  const auto row = [](std::array<int32_t, length>& values) {
    return torch::from_blob(values.data(), {1, length}, torch::kInt32).to(torch::kInt64);
  };
  return context.text.encode(row(ids), row(mask)).to(torch::kFloat32);
}

Image image_of(const torch::Tensor& pixels_CHW) {
  const torch::Tensor bytes_HWC =
      pixels_CHW.to(torch::kFloat32).add(1).mul(127.5).round().clamp(0, 255).to(torch::kUInt8).permute({1, 2, 0}).contiguous().cpu();
  Image image(static_cast<int>(bytes_HWC.size(1)), static_cast<int>(bytes_HWC.size(0)));
  std::copy_n(bytes_HWC.data_ptr<uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

torch::Tensor noise_of(uint64_t seed, const std::array<int64_t, 3>& shape) {
  return at::randn({1, shape[0], shape[1], shape[2]}, at::make_generator<at::CPUGeneratorImpl>(seed),
                   torch::TensorOptions().dtype(torch::kFloat32));
}

torch::Tensor in_format(const torch::Tensor& x_BCHW, bool channels_last) {
  return x_BCHW.contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

struct ValidationRow {
  int64_t source;
  const TrainingSet* set;
  uint64_t index;
};

std::vector<ValidationRow> rows_in_turn(const std::vector<const TrainingSet*>& sets, int64_t rows) {
  std::vector<ValidationRow> all;
  for (uint64_t index = 0; static_cast<int64_t>(all.size()) < rows; ++index) {
    const size_t before = all.size();
    for (size_t source = 0; source < sets.size(); ++source) {
      if (sets[source] != nullptr && index < sets[source]->size() && static_cast<int64_t>(all.size()) < rows) {
        all.push_back({static_cast<int64_t>(source), sets[source], index});
      }
    }
    if (all.size() == before) {
      break;
    }
  }
  return all;
}

struct ValidationBatch {
  std::vector<torch::Tensor> x0;
  std::vector<torch::Tensor> eps;
  std::vector<torch::Tensor> states;
  std::vector<int64_t> t;
  std::vector<int64_t> source;

  void add(const ValidationContext& context, const ValidationRow& row, const SampleKey& key) {
    const std::array<int64_t, 3>& shape = context.latent_shape;
    auto* half = const_cast<uint16_t*>(row.set->latent(row.index).data());
    x0.push_back(torch::from_blob(half, {shape[0], shape[1], shape[2]}, torch::kHalf).to(torch::kFloat32));
    eps.push_back(draw_noise(key, x0.back().numel()).view(x0.back().sizes()));
    states.push_back(caption_states(context, std::string(row.set->caption(row.index))));
    source.push_back(row.source);
  }
  TrainInputs inputs(torch::Device device) const {
    return {.x0_BCHW = torch::stack(x0).to(device),
            .eps_BCHW = torch::stack(eps).to(device),
            .t_B = torch::tensor(t, torch::kInt64).to(device),
            .context_BLD = torch::cat(states)};
  }
};

}  // namespace

std::string sample_file_name(size_t index, const std::string& category) {
  std::string name;
  for (const char c : category) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    name += plain ? c : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : '_';
  }
  return format("{:02}_{}.png", index + 1, name);
}

std::vector<std::filesystem::path> draw_samples(const ValidationContext& context, const ValidationPlan& plan, const RankPlace& place,
                                                const std::filesystem::path& folder) {
  const torch::NoGradGuard no_grad;
  std::vector<size_t> mine;
  for (auto i = static_cast<size_t>(place.rank); i < plan.prompts.size(); i += static_cast<size_t>(place.world_size)) {
    mine.push_back(i);
  }
  if (mine.empty() || !context.model.vae) {
    return {};
  }
  std::filesystem::create_directories(folder);
  const torch::Tensor empty_1LD = caption_states(context, "");
  std::vector<torch::Tensor> uncond;
  std::vector<torch::Tensor> cond;
  std::vector<torch::Tensor> noise;
  for (const size_t i : mine) {
    uncond.push_back(empty_1LD);
    cond.push_back(caption_states(context, plan.prompts[i].text));
    noise.push_back(noise_of(static_cast<uint64_t>(plan.seed) + i, context.latent_shape));
  }
  uncond.insert(uncond.end(), cond.begin(), cond.end());
  const torch::Tensor context_2BLD = torch::cat(uncond);
  const Denoise denoise = [&](const torch::Tensor& x_BCHW, double t) {
    const torch::Tensor t_1 = torch::full({1}, t, torch::TensorOptions().dtype(torch::kFloat32).device(context.device));
    const torch::Tensor x_2BCHW = in_format(torch::cat({x_BCHW, x_BCHW}), context.settings.channels_last);
    return guidance_combine(context.model.unet->forward(context.ema, x_2BCHW, t_1, context_2BLD), plan.cfg);
  };
  SamplerRun run;
  run.plan = plan_sampling(NoiseSchedule::from_config(context.scheduler, scheduler_name, context.device), find_sampler("ddim"),
                           {.steps = plan.steps, .model = spacing_from_config(context.scheduler, scheduler_name)});
  run.prediction = context.settings.prediction;
  const torch::Tensor latents_BCHW = sample_ddim(denoise, run.plan.start(torch::cat(noise).to(context.device)), run);
  const Vae& vae = *context.model.vae->model;
  std::vector<std::filesystem::path> files;
  for (size_t k = 0; k < mine.size(); ++k) {
    const torch::Tensor latent_1CHW =
        (latents_BCHW.narrow(0, static_cast<int64_t>(k), 1) / vae.scaling_factor()).to(context.model.vae->weights.front().scalar_type());
    const ValidationPrompt& prompt = plan.prompts[mine[k]];
    files.push_back(folder / sample_file_name(mine[k], prompt.category));
    const std::vector<PngText> texts{{"parameters", format("{}\nSteps: {}, Sampler: DDIM, CFG scale: {}, Seed: {}", prompt.text, plan.steps,
                                                           plan.cfg, static_cast<uint64_t>(plan.seed) + mine[k])}};
    write_png(files.back(),
              image_of(vae.decode(context.model.vae->weights, in_format(latent_1CHW, context.settings.channels_last)).squeeze(0)), texts);
  }
  return files;
}

std::optional<StepStatistics::Reading> validation_losses(const ValidationContext& context, const std::vector<const TrainingSet*>& sets,
                                                         int64_t rows, uint64_t seed, int64_t batch, ProcessGroup& group) {
  const torch::NoGradGuard no_grad;
  const std::vector<ValidationRow> all = rows_in_turn(sets, rows);
  if (all.empty()) {
    return std::nullopt;
  }
  const NoiseSchedule schedule = NoiseSchedule::from_config(context.scheduler, scheduler_name, context.device);
  TrainStepSettings settings = context.settings;
  settings.dtype = torch::kFloat32;
  StepStatistics statistics(context.device);
  const auto count = static_cast<int64_t>(all.size());
  const auto part = static_cast<int64_t>(group.place().world_size);
  for (int64_t first = group.place().rank; first < count; first += part * batch) {
    ValidationBatch made;
    for (int64_t i = first; i < std::min(first + part * batch, count); i += part) {
      made.add(context, all[static_cast<size_t>(i)],
               {.seed = seed ^ (validation_stream << 32), .phase = 0, .order = static_cast<uint64_t>(i)});
      // Evenly spread and the same at every validation: the middle of the i-th of as many equal parts as there are rows.
      made.t.push_back(
          static_cast<int64_t>((static_cast<double>(i) + 0.5) * static_cast<double>(schedule.train_steps()) / static_cast<double>(count)));
    }
    const TrainInputs inputs = made.inputs(context.device);
    const TrainLosses losses = denoising_error(*context.model.unet, context.ema, inputs, schedule, settings);
    statistics.add(losses, inputs.t_B, torch::tensor(made.source, torch::kInt64).to(context.device), schedule.train_steps());
  }
  group.all_reduce_sum(statistics.sums())->wait();
  return statistics.read();
}

void add_validation(StepReport& report, const StepStatistics::Reading& losses) {
  report.validation_loss = losses.loss;
  report.validation_loss_unweighted = losses.loss_unweighted;
  report.validation_by_noise = losses.loss_by_noise;
  report.validation_by_source = losses.loss_by_source;
  report.validation_weighted_by_noise = losses.weighted_by_noise;
  report.validation_weighted_by_source = losses.weighted_by_source;
}

}  // namespace darkroom
