// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>

#include "core/kernels/amx.h"
#include "core/kernels/amx_shape.h"
#include "core/kernels/processor.h"

namespace darkroom {

bool amx_takes(int64_t out_channels, int64_t in_channels) {
  return kernels::processor().matrix_unit && out_channels % kernels::amx_panel == 0 && in_channels % kernels::amx_step == 0 &&
         out_channels > 0 && in_channels > 0;
}

torch::Tensor amx_weight(const torch::Tensor& weight) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor values = weight.detach().to(torch::kFloat32).contiguous();
  const int64_t kernel = values.dim() == 4 ? values.size(2) : 1;
  torch::Tensor made = at::empty(
      {values.size(0) / kernels::amx_panel, values.size(1) / kernels::amx_step, kernel, kernel, 2, kernels::amx_tile}, torch::kFloat32);
  const kernels::AmxShape shape(made);
  const auto* const from = values.const_data_ptr<float>();
  auto* const to = static_cast<uint16_t*>(made.mutable_data_ptr());
  const int64_t row = shape.in * shape.taps();
  at::parallel_for(0, shape.panels() * shape.steps(), 8, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t panel = task / shape.steps(), step = task % shape.steps();
      for (int64_t tap = 0; tap < shape.taps(); ++tap) {
        uint16_t* const tiles = to + task * shape.step_stride() + tap * shape.tap_stride();
        for (int64_t half = 0; half < 2; ++half) {
          const float* const first =
              from + (panel * kernels::amx_panel + half * kernels::amx_tile_rows) * row + step * kernels::amx_step * shape.taps() + tap;
          kernels::amx_pack_tile(first, row, shape.taps(), tiles + half * kernels::amx_tile, tiles + (2 + half) * kernels::amx_tile);
        }
      }
    }
  });
  return made;
}

torch::Tensor amx_taps(const torch::Tensor& weight) {
  const kernels::AmxShape shape(weight);
  // [panel, step, r, c, half, pair, output, of the pair]
  const torch::Tensor parts = weight.flatten(4).view(torch::kBFloat16).unflatten(4, {2, 2 * kernels::amx_tile});
  const torch::Tensor values = parts.to(torch::kFloat32).sum(4).unflatten(4, {2, 16, 16, 2});
  return values.permute({0, 4, 6, 1, 5, 7, 2, 3}).reshape({shape.out, shape.in, shape.kernel, shape.kernel}).contiguous();
}

}  // namespace darkroom
