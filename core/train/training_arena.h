// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <memory>

#include "core/checkpoint/checkpoint.h"
#include "core/distributed/gradient_reducer.h"
#include "core/nn/unet.h"
#include "core/plan/training_plan.h"
#include "core/tensor/parameter_arena.h"
#include "core/train/optimizer.h"

namespace darkroom {

/// How the weights of convolutions lie in a phase.
ConvolutionMemory convolution_memory_of(const TrainingPlan& plan, const PhasePlan& phase);

/// All that an optimiser step changes: the arena (weights, gradients, moments, averages), the optimiser over it, and the reducer that sums
/// its gradients over the ranks. They are made anew together when a phase wants another memory format, and keep their numbers.
class TrainingArena {
 public:
  /// All must outlive this.
  TrainingArena(const TrainingPlan& plan, const UNetModel& unet, ProcessGroup& group, torch::Device device)
      : plan_(plan), unet_(unet), group_(group), device_(device) {}

  /// Before anything else, and again at will: does nothing where the format is the same. Numbers of 8-bit states are rounded by a change.
  void arrange(ConvolutionMemory memory);

  ParameterArena& arena() { return *arena_; }
  const ParameterArena& arena() const { return *arena_; }
  Optimizer& optimizer() { return *optimizer_; }
  GradientReducer& reducer() { return *reducer_; }

  /// The averages of the plan, the main one first.
  std::vector<Weights> averages() const;
  /// Puts the tensors of a checkpoint's content: weights, averages, optimiser state. They are views, not copies.
  void describe(CheckpointContent& content) const;

 private:
  const TrainingPlan& plan_;
  const UNetModel& unet_;
  ProcessGroup& group_;
  torch::Device device_;
  std::unique_ptr<ParameterArena> arena_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<GradientReducer> reducer_;
};

}  // namespace darkroom
