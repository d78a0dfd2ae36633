// SPDX-License-Identifier: Apache-2.0
#include "core/train/training_model.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/base/resources.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/model_writer.h"
#include "core/train/source_run_state.h"

namespace darkroom {
namespace {

bool is_checkpoint(const std::filesystem::path& path) {
  return std::filesystem::exists(path / "meta.json") && std::filesystem::exists(path / "unet_ema");
}

void copy_into(const ParameterArena& arena, ArenaBuffer buffer, const Weights& weights) {
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < arena.layout().size(); ++i) {
    arena.view(buffer, i).copy_(weights.at(static_cast<size_t>(i)));
  }
}

}  // namespace

UNetConfig unet_config_of_plan(const ModelPlan& plan) {
  // A run outlives the model that it started from: then its layout says what it is.
  if (!plan.init_from.empty() && (plan.init_from == "pocket" || std::filesystem::exists(plan.init_from))) {
    return read_unet_config(resolve_model(plan.init_from, WeightsChoice::live).require_unet());
  }
  if (plan.layout == "sd15") {
    return sd15_unet_config();
  }
  if (plan.layout == "scratch") {
    return scratch_unet_config();
  }
  if (plan.layout == "pocket") {
    return read_unet_config(resource_path("pocket/unet"));
  }
  fail(ErrorCode::bad_input, "/model/layout: expected \"sd15\", \"scratch\" or \"pocket\", got \"{}\"", plan.layout);
}

bool draws_pictures(const TrainingPlan& plan) {
  return std::any_of(plan.phases.begin(), plan.phases.end(),
                     [&](const PhasePlan& phase) { return !plan.validation_of(phase).prompts.empty(); });
}

TrainingModel open_training_model(const TrainingPlan& plan, torch::Device device) {
  TrainingModel model;
  model.unet_config = unet_config_of_plan(plan.model);
  model.unet = make_unet(model.unet_config);
  const LoadOptions frozen{.dtype = device.is_cpu() ? torch::kFloat32 : torch::kBFloat16, .device = device};
  model.text = load_text_encoder(resolve_model(plan.model.text_encoder).require_text_encoder(), frozen);
  if (model.text.model->width() != model.unet->context_dim()) {
    fail(ErrorCode::bad_input, "/model/text_encoder: {} makes states {} wide, but the UNet expects {}", plan.model.text_encoder,
         model.text.model->width(), model.unet->context_dim());
  }
  if (draws_pictures(plan)) {
    model.vae = load_vae(resolve_model(plan.model.vae).require_vae(), frozen);
  }
  return model;
}

Json scheduler_of_phase(const PhasePlan& phase) {
  return training_scheduler_config(phase.prediction, phase.zero_terminal_snr ? TerminalSnr::zero : TerminalSnr::usual);
}

int64_t start_weights(ParameterArena& arena, Optimizer& optimizer, const ModelPlan& plan) {
  if (plan.init_from.empty()) {
    arena.initialize(static_cast<uint64_t>(plan.init_seed));
    optimizer.reset();
    return 0;
  }
  if (plan.init_state == "all" && is_checkpoint(plan.init_from)) {
    const CheckpointState state = read_checkpoint(plan.init_from, arena.layout());
    restore_training(arena, optimizer, state);
    return state.meta.at("cursor").value("updates", int64_t{0});
  }
  if (plan.init_state == "all" && is_source_run_checkpoint(plan.init_from)) {
    return load_source_run_checkpoint(arena, optimizer, plan.init_from);
  }
  const PartSource unet = resolve_model(plan.init_from, WeightsChoice::ema).require_unet();
  arena.load(load_weights(match_part(arena.layout(), unet, Part::unet), torch::kFloat32, torch::kCPU));
  optimizer.reset();
  return 0;
}

void restore_training(ParameterArena& arena, Optimizer& optimizer, const CheckpointState& state) {
  state.require_only(optimizer.parts());
  std::vector<Weights> emas{state.ema};
  emas.insert(emas.end(), state.more_emas.begin(), state.more_emas.end());
  load_arena(arena, state.master, emas);
  optimizer.load(state.state, (state.folder / "training_state.safetensors").string());
}

void load_arena(ParameterArena& arena, const Weights& master, const std::vector<Weights>& emas) {
  arena.load(master);
  for (size_t i = 0; i < arena.options().emas; ++i) {
    copy_into(arena, ema_buffers.at(i), i < emas.size() ? emas[i] : emas.front());
  }
}

}  // namespace darkroom
