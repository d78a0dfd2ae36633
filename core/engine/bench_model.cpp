// SPDX-License-Identifier: Apache-2.0
#include "core/engine/bench_model.h"

#include "core/model/model_writer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t fresh_seed = 0;
constexpr int64_t sd15_downscale = 8;
constexpr int64_t sd15_latent_side = 64;

template <typename Config>
std::optional<BenchPart<Config>> read_part(const std::optional<PartSource>& source, Config (*read_config)(const PartSource&)) {
  if (!source) {
    return std::nullopt;
  }
  const bool has_weights = !fs::is_directory(source->path) || WeightFiles::any_in(source->path);
  return BenchPart<Config>{read_config(*source), has_weights ? source : std::nullopt};
}

Weights fresh_weights(const ParameterLayout& layout, const LoadOptions& options) {
  Weights weights;
  weights.reserve(static_cast<size_t>(layout.size()));
  for (const ParameterSlot& slot : layout.all_slots()) {
    weights.push_back(initial_values(slot, fresh_seed).to(options.device, options.dtype.value_or(torch::kFloat32)));
  }
  return with_convolution_memory(std::move(weights), options.convolution_memory);
}

}  // namespace

BenchModel::BenchModel(const std::string& model) {
  if ((model == "sd15" || model == "scratch") && !fs::exists(model)) {
    unet_ = {model == "sd15" ? sd15_unet_config() : scratch_unet_config(), std::nullopt};
    vae_ = {sd15_vae_config(), std::nullopt};
    text_encoder_ = {sd15_clip_text_config(), std::nullopt};
    paths_.scheduler = training_scheduler_config();
    return;
  }
  paths_ = resolve_model(model);
  unet_ = read_part(paths_.unet, read_unet_config);
  vae_ = read_part(paths_.vae, read_vae_config);
  text_encoder_ = read_part(paths_.text_encoder, read_text_encoder_config);
}

LoadedUNet BenchModel::open_unet(const LoadOptions& options) const {
  const BenchPart<UNetConfig>& part = unet_.value();
  if (part.source) {
    return load_unet(*part.source, options);
  }
  LoadedUNet fresh{make_unet(part.config), {}};
  fresh.weights = fresh_weights(fresh.model->layout(), options);
  return fresh;
}

LoadedVae BenchModel::open_vae(const LoadOptions& options) const {
  const BenchPart<VaeConfig>& part = vae_.value();
  if (part.source) {
    return load_vae(*part.source, options);
  }
  LoadedVae fresh{std::make_unique<Vae>(part.config), {}};
  fresh.weights = fresh_weights(fresh.model->layout(), options);
  return fresh;
}

LoadedTextEncoder BenchModel::open_text_encoder(const LoadOptions& options) const {
  const BenchPart<ClipTextConfig>& part = text_encoder_.value();
  if (part.source) {
    return load_text_encoder(*part.source, options);
  }
  LoadedTextEncoder fresh{std::make_unique<ClipText>(part.config), {}};
  fresh.weights = fresh_weights(fresh.model->layout(), options);
  return fresh;
}

std::unique_ptr<ParameterArena> BenchModel::open_arena(const ParameterLayout& layout, const ArenaOptions& options) const {
  auto arena = std::make_unique<ParameterArena>(layout, options);
  if (const std::optional<PartSource>& source = unet_.value().source) {
    arena->load(load_weights(match_part(layout, *source, Part::unet), torch::kFloat32, torch::kCPU));
  } else {
    arena->initialize(fresh_seed);
  }
  return arena;
}

int64_t BenchModel::downscale() const { return vae_ ? int64_t{1} << (vae_->config.block_out_channels.size() - 1) : sd15_downscale; }

int64_t BenchModel::picture_side() const {
  if (!unet_ && vae_) {
    return vae_->config.sample_size;
  }
  return (unet_ ? unet_->config.sample_size.value_or(sd15_latent_side) : sd15_latent_side) * downscale();
}

}  // namespace darkroom
