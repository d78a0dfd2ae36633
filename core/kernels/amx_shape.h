// SPDX-License-Identifier: Apache-2.0
// The layout of weights for amx.h: which part of the memory belongs to which channels. Its own sources alone include this.
#pragma once

#include <torch/types.h>

#include "core/kernels/amx.h"
#include "core/kernels/amx_block.h"

namespace darkroom::kernels {

inline constexpr int64_t amx_step_tiles = 4;  ///< of a panel's weights: two parts of two tiles

struct AmxShape {
  int64_t out, in, kernel;

  explicit AmxShape(const torch::Tensor& weight)
      : out(weight.size(0) * amx_panel), in(weight.size(1) * amx_step), kernel(amx_kernel(weight)) {}
  int64_t panels() const { return out / amx_panel; }
  int64_t steps() const { return in / amx_step; }
  int64_t taps() const { return kernel * kernel; }
  /// Elements of the weights from one to the next.
  int64_t tap_stride() const { return amx_step_tiles * amx_tile; }
  int64_t step_stride() const { return taps() * tap_stride(); }
  int64_t panel_stride() const { return steps() * step_stride(); }
};

}  // namespace darkroom::kernels
