// SPDX-License-Identifier: Apache-2.0
// Numbers that no arithmetic gives were measured: the program without a model, and a GPU's context with its libraries' workspaces.
#include "core/train/forecast_parts.h"

#include <algorithm>
#include <set>

#include "core/base/format.h"
#include "core/dataset/dataset_card.h"
#include "core/model/model_folder.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/optimizer.h"
#include "core/train/text_conditioning.h"
#include "core/train/training_model.h"

namespace darkroom {
namespace {

constexpr int64_t mib = int64_t{1} << 20;
constexpr int64_t program_bytes = 185 * mib;  // the engine and LibTorch on a CPU, before a model
constexpr int64_t context_bytes = 900 * mib;  // CUDA context, cuBLAS and cuDNN workspaces
constexpr int64_t scratch_bytes = 64 * mib;   // oneDNN's, and what the C library keeps
constexpr double allocator_loss = 0.05;       // a caching allocator's unusable rest of the activations
constexpr int64_t batches_ahead = 4;          // three prefetched, one being made
constexpr int64_t cuda_library_bytes = 3 * (mib << 10);
constexpr int64_t metrics_row_bytes = 900, events_row_bytes = 1300, wandb_row_bytes = 2600;
constexpr double png_bytes_per_pixel = 1.6;

int64_t parameters_of_text(const std::string& path) {
  return ClipText(read_text_encoder_config(resolve_model(path).require_text_encoder())).layout().parameter_count();
}

int64_t every(int64_t epochs, int64_t interval) { return interval > 0 ? epochs / interval : 0; }

// Of rank 0, while it is written; on an accelerator from the start to the end.
MemoryPart copy_of_checkpoint(const StepCost& cost) {
  return {"copy of a checkpoint", cost.weight_bytes + cost.ema_bytes + cost.optimizer_bytes};
}

}  // namespace

Surroundings::Surroundings(const TrainingPlan& plan, const UNetConfig& config, int64_t world_size) : plan_(plan) {
  text_width_ = config.cross_attention_dim;
  const int64_t side = config.sample_size.value_or(64);
  latent_shape_ = {config.in_channels, side, side};
  look_at_data(world_size);
  look_at_frozen_models();
}

void Surroundings::look_at_data(int64_t world_size) {
  std::set<std::string> folders;
  for (const PhasePlan& phase : plan_.phases) {
    for (const SourcePlan& source : phase.sources) {
      folders.insert(source.dataset);
    }
  }
  for (const std::string& folder : folders) {
    if (!std::filesystem::exists(std::filesystem::path(folder) / "dataset.json")) {
      notes_.push_back(format("{} is not here: steps, time and the memory of latents are left out, and latents are taken for {}x{}", folder,
                              latent_shape_[1], latent_shape_[2]));
      return;
    }
  }
  data_is_here_ = true;
  if (world_size == 0) {
    read_cards(folders);
    return;
  }
  const PlanData data(plan_, world_size);
  latent_shape_ = data.latent_shape();
  std::set<const TrainingSet*> counted;
  for (const PhaseData& phase : data.phases()) {
    steps_.push_back(phase.batches);
    for (const TrainingSet* set : phase.train) {
      if (counted.insert(set).second) {
        latent_rows_ += static_cast<int64_t>(set->size());
      }
    }
  }
}

void Surroundings::read_cards(const std::set<std::string>& folders) {
  for (const std::string& folder : folders) {
    const DatasetCard card = read_dataset_card(folder);
    latent_rows_ += static_cast<int64_t>(card.latents);
    latent_shape_ = card.latent_recipe.shape;
  }
}

void Surroundings::look_at_frozen_models() {
  constexpr int64_t clip_l_parameters = 123'060'480;
  try {
    text_parameters_ = parameters_of_text(plan_.model.text_encoder);
  } catch (const Error&) {
    text_parameters_ = clip_l_parameters;
    notes_.push_back(format("the text encoder {} is not here: that of SD 1.x is assumed", plan_.model.text_encoder));
  }
  try {
    vae_ = std::make_unique<Vae>(read_vae_config(resolve_model(plan_.model.vae).require_vae()));
  } catch (const Error&) {
    vae_ = std::make_unique<Vae>(sd15_vae_config());
    notes_.push_back(format("the VAE {} is not here: that of SD 1.x is assumed", plan_.model.vae));
  }
}

std::optional<int64_t> Surroundings::steps(size_t phase) const {
  return phase < steps_.size() ? std::optional(steps_[phase]) : std::nullopt;
}

std::vector<MemoryPart> Surroundings::data_parts(const PhasePlan& phase) const {
  const int64_t numel = latent_shape_[0] * latent_shape_[1] * latent_shape_[2];
  const BatchPlan& batch = plan_.batch_of(phase);
  std::vector<MemoryPart> parts;
  if (plan_.latents.memory == "ram" && data_is_here_) {
    parts.push_back({"latents", static_cast<int64_t>(static_cast<double>(latent_rows_ * numel * 2) * plan_.latents.fraction)});
  }
  // Clean latents and noise in fp32, the fp16 copy, ids and mask.
  parts.push_back({"batches ahead", batches_ahead * batch.per_device * batch.accumulation * (numel * 10 + ClipTokenizer::kLength * 16)});
  return parts;
}

std::vector<MemoryPart> Surroundings::device_parts(const PhasePlan& phase, const StepCost& cost, torch::Device device) const {
  const bool cpu = device.is_cpu();
  const int64_t frozen_width = cpu ? 4 : 2;
  std::vector<MemoryPart> parts{{"weights", cost.weight_bytes}};
  if (cost.working_bytes > 0) {
    parts.push_back({"bf16 copy", cost.working_bytes});
  }
  parts.push_back({"gradients", cost.gradient_bytes});
  parts.push_back({"optimiser", cost.optimizer_bytes});
  parts.push_back({"EMA", cost.ema_bytes});
  parts.push_back({"activations", cost.activation_bytes});
  parts.push_back({"text encoder", text_parameters_ * frozen_width});
  if (draws_pictures(plan_)) {
    parts.push_back({"VAE", vae_->layout().parameter_count() * frozen_width});
    // A sample picture is decoded between two steps, where the activations were.
    const int64_t decoding = vae_->decode_bytes(latent_shape_[1], latent_shape_[2], cpu ? torch::kFloat32 : torch::kBFloat16);
    if (decoding > cost.activation_bytes) {
      parts.push_back({"decoding a sample", decoding - cost.activation_bytes});
    }
  }
  const int64_t text_row = ClipTokenizer::kLength * text_width_ * frozen_width;
  parts.push_back({"remembered captions", std::min(TextConditioning::default_bytes,
                                                   data_is_here_ ? (latent_rows_ + 1) * text_row : TextConditioning::default_bytes)});
  if (cpu) {
    const std::vector<MemoryPart> data = data_parts(phase);
    parts.insert(parts.end(), data.begin(), data.end());
    parts.push_back(copy_of_checkpoint(cost));
    parts.push_back({"reserve", program_bytes + scratch_bytes});
  } else {
    parts.push_back({"reserve", context_bytes + static_cast<int64_t>(allocator_loss * static_cast<double>(cost.activation_bytes))});
  }
  return parts;
}

std::vector<MemoryPart> Surroundings::host_parts(const PhasePlan& phase, const StepCost& cost, torch::Device device) const {
  if (device.is_cpu()) {
    return {};
  }
  std::vector<MemoryPart> parts = data_parts(phase);
  parts.push_back(copy_of_checkpoint(cost));
  parts.push_back({"program", program_bytes + cuda_library_bytes});
  return parts;
}

DiskForecast disk_of_plan(const TrainingPlan& plan, const ParameterLayout& layout, const Surroundings& surroundings) {
  DiskForecast disk;
  const int64_t fp32 = layout.parameter_count() * 4;
  disk.checkpoint_bytes = fp32 * (2 + static_cast<int64_t>(plan.ema.more_decays.size())) + optimizer_state_bytes(plan.optimizer, layout);
  int64_t kept_epochs = 0;
  int64_t most_last = 2;
  bool keeps_best = false;
  double picture_bytes = 0;
  int64_t steps = 0;
  bool steps_known = true;
  double pixels = 1;
  for (const int64_t side : {surroundings.latent_shape()[1], surroundings.latent_shape()[2]}) {
    pixels *= static_cast<double>(side * surroundings.downscale());
  }
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    const PhasePlan& phase = plan.phases[i];
    const CheckpointPlan& checkpoint = plan.checkpoint_of(phase);
    const ValidationPlan& validation = plan.validation_of(phase);
    kept_epochs += checkpoint.keep_epochs ? every(phase.epochs, checkpoint.every_epochs) : 0;
    most_last = std::max(most_last, checkpoint.keep_last);
    const int64_t times = validation.every_epochs > 0 ? (phase.epochs + validation.every_epochs - 1) / validation.every_epochs : 0;
    keeps_best = keeps_best || (checkpoint.keep_best && times > 0);
    picture_bytes += static_cast<double>(times * static_cast<int64_t>(validation.prompts.size())) * pixels * png_bytes_per_pixel;
    steps_known = steps_known && surroundings.steps(i).has_value();
    steps += surroundings.steps(i).value_or(0);
  }
  disk.checkpoints = kept_epochs + most_last + (keeps_best ? 1 : 0) + 1;  // and the one that is being written
  const bool wandb = plan.logging.wandb != "off";
  disk.sample_bytes = static_cast<int64_t>(picture_bytes * (wandb ? 2 : 1));
  if (steps_known) {
    disk.log_bytes = steps * (metrics_row_bytes + (plan.logging.tensorboard ? events_row_bytes : 0) + (wandb ? wandb_row_bytes : 0));
  }
  return disk;
}

std::string gib_text(int64_t bytes) {
  const double as_mib = static_cast<double>(bytes) / static_cast<double>(mib);
  return as_mib < 1024 ? format("{:.{}f} MiB", as_mib, as_mib < 10 ? 1 : 0) : format("{:.1f} GiB", as_mib / 1024);
}

}  // namespace darkroom
