// SPDX-License-Identifier: Apache-2.0
// Adafactor: the second moment of a matrix is kept as its rows' and its columns' means. Shapes: R rows, C columns, N elements.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace darkroom {

/// One parameter with its state; all float32 on one device, changed in place.
struct AdafactorSlot {
  torch::Tensor weight;    ///< [R,C], or [N]
  torch::Tensor gradient;  ///< the same shape
  torch::Tensor row;       ///< [R], of a matrix
  torch::Tensor column;    ///< [C], of a matrix
  torch::Tensor whole;     ///< [N], of a vector
};

struct AdafactorStep {
  double lr = 0;
  double weight_decay = 0;   ///< decoupled: weights shrink by lr * weight_decay before the update
  double decay_power = 0.8;  ///< beta2 of step t is 1 - t^-decay_power
  double update_clip = 1;    ///< d: the update is divided by max(1, rms(update) / d)
  int64_t step = 1;          ///< 1 for the first update
};

/// Whether a step may be taken, and how far the gradient is scaled: decided on the device.
struct StepGate {
  torch::Tensor open;   ///< bool []
  torch::Tensor scale;  ///< float32 []: min(1, clip_norm / (norm + 1e-6)); 1 without clipping
};
/// gradient_norm  float64 []; a norm that is not finite closes the gate
StepGate step_gate(const torch::Tensor& gradient_norm, double clip_norm);

/// One update without momentum. V = rows x columns / mean(rows) of the running means of g^2 + 1e-30; u = g / sqrt(V), clipped;
/// w = (1 - lr weight_decay) w - lr u. A closed gate leaves weight and state as they are. The gradient is not cleared.
///
/// throws  std::invalid_argument: step < 1, or a state that does not fit the weight
/// source  Shazeer & Stern 2018, arXiv:1804.04235, algorithms 4 and 5, with the learning rate given from outside (no relative step, no
///         scaling by the weight's size), as transformers' Adafactor with both switched off
void adafactor_step(const AdafactorSlot& slot, const AdafactorStep& step, const StepGate& gate);

}  // namespace darkroom
