// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/adafactor.h"
#include "core/train/optimizer.h"

namespace darkroom {

/// Adafactor over an arena. A weight of two or more dimensions is the matrix [outputs, everything else] (a convolution O x I·H·W) with a
/// mean for each row and column; a vector, or a matrix of one row or column, keeps its whole second moment.
class AdafactorOptimizer final : public Optimizer {
 public:
  AdafactorOptimizer(OptimizerPlan plan, double clip_norm, ParameterArena& arena);

  void step(const OptimizerStep& step, const torch::Tensor& gradient_norm) override;
  std::vector<NamedTensor> state() const override;
  std::vector<std::string> parts() const override { return {"row", "column", "exp_avg_sq"}; }
  void reset() override;
  void load(const OptimizerState& from, const std::string& where) override;

 private:
  OptimizerPlan plan_;
  double clip_norm_;
  ParameterArena& arena_;
  std::vector<AdafactorSlot> slots_;  ///< in the arena's memory order
};

/// Float32 numbers of Adafactor's state for a model.
int64_t adafactor_state_elements(const ParameterLayout& layout);

}  // namespace darkroom
