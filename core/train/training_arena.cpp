// SPDX-License-Identifier: Apache-2.0
#include "core/train/training_arena.h"

#include "core/train/training_model.h"

namespace darkroom {

ConvolutionMemory convolution_memory_of(const TrainingPlan& plan, const PhasePlan& phase) {
  return plan.memory_format_of(phase) == "channels_last" ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
}

void TrainingArena::arrange(ConvolutionMemory memory) {
  if (arena_ && arena_->options().convolution_memory == memory) {
    return;
  }
  const torch::ScalarType dtype = plan_.precision == "bf16" ? torch::kBFloat16 : torch::kFloat32;
  const ArenaOptions options{device_, dtype, memory, moments_of(plan_.optimizer), 1 + plan_.ema.more_decays.size()};
  auto arena = std::make_unique<ParameterArena>(unet_.layout(), options);
  auto optimizer = make_optimizer(plan_.optimizer, plan_.clip_norm, *arena);
  if (arena_) {
    load_arena(*arena, arena_->views(ArenaBuffer::master), averages());
    optimizer->load(optimizer_->named_state(), "the phase before");
  }
  reducer_.reset();
  optimizer_ = std::move(optimizer);
  arena_ = std::move(arena);
  reducer_ = std::make_unique<GradientReducer>(*arena_, group_);
}

std::vector<Weights> TrainingArena::averages() const {
  std::vector<Weights> emas;
  for (size_t i = 0; i < arena_->options().emas; ++i) {
    emas.push_back(arena_->views(ema_buffers.at(i)));
  }
  return emas;
}

void TrainingArena::describe(CheckpointContent& content) const {
  content.layout = &arena_->layout();
  content.master = arena_->views(ArenaBuffer::master);
  std::vector<Weights> emas = averages();
  content.ema = std::move(emas.front());
  content.more_emas.assign(std::make_move_iterator(emas.begin() + 1), std::make_move_iterator(emas.end()));
  content.state = optimizer_->state();
}

}  // namespace darkroom
