// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, D width.
#pragma once

#include "core/nn/layers.h"

namespace darkroom {

struct SinusoidShape {
  int64_t width = 320;
  bool cosines_first = true;
  double freq_shift = 0;  ///< frequencies exp(-ln(10000) i / (width/2 - freq_shift)), i = 0 … width/2 - 1
};

/// Sines and cosines of t at width/2 frequencies, always computed in fp32; an odd width ends with a zero.
/// t_B [B], integer or float; returns float32 [B,width] on the device of t_B
torch::Tensor sinusoidal_embedding(const torch::Tensor& t_B, const SinusoidShape& shape);

/// Linear, SiLU, Linear.
struct TimeMlp {
  LinearLayer linear_1, linear_2;
};

/// The sinusoid through the MLP, in the dtype of the weights. returns [B,D]
torch::Tensor time_embedding(const Weights& weights, const TimeMlp& mlp, const SinusoidShape& shape, const torch::Tensor& t_B);

}  // namespace darkroom
