// SPDX-License-Identifier: Apache-2.0
// A block of 48 tiles of 4x4 pixels is read, multiplied and written by one thread, panel by panel of 32 output channels, so that all but
// the weights stays in its caches.
#include "core/kernels/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/base/format.h"
#include "core/kernels/processor.h"
#include "core/kernels/winograd_block.h"

namespace darkroom {
namespace {

using kernels::winograd_panel;
using kernels::winograd_patch;
using kernels::winograd_positions;
using kernels::winograd_side;
using kernels::winograd_tiles;

// Taps -> values at the six points, [6,3].
torch::Tensor point_matrix() {
  constexpr double near = kernels::winograd_near;
  constexpr double far = kernels::winograd_far;
  const double zero_scale = near * near * far * far;
  const double near_scale = 2 * near * near * (near * near - far * far);
  const double far_scale = 2 * far * far * (far * far - near * near);
  const auto row = [](double point, double scale) { return torch::tensor({1.0, point, point * point}, torch::kDouble) / scale; };
  return at::stack({row(0, zero_scale), row(near, near_scale), row(-near, near_scale), row(far, far_scale), row(-far, far_scale),
                    torch::tensor({0.0, 0.0, 1.0}, torch::kDouble)});
}

// Weights of one panel and input channel at the 36 points, in double between.
struct TapValues {
  const double* points;  // [6,3]
  const float* taps;     // [O,I,3,3]
  int64_t in;

  // out  [36] runs of 32 output channels, `stride` apart
  void write(int64_t panel, int64_t channel, float* out, int64_t stride) const {
    constexpr int64_t taps_of_pair = 9;
    double taps_by_lane[taps_of_pair][winograd_panel];
    for (int64_t lane = 0; lane < winograd_panel; ++lane) {
      const float* const pair = taps + ((panel * winograd_panel + lane) * in + channel) * taps_of_pair;
      for (int64_t tap = 0; tap < taps_of_pair; ++tap) {
        taps_by_lane[tap][lane] = pair[tap];
      }
    }
    for (int64_t row = 0; row < winograd_patch; ++row) {
      const double* const down = points + row * 3;
      double columns[3][winograd_panel];
      for (int64_t column = 0; column < 3; ++column) {
        for (int64_t lane = 0; lane < winograd_panel; ++lane) {
          columns[column][lane] =
              down[0] * taps_by_lane[column][lane] + down[1] * taps_by_lane[3 + column][lane] + down[2] * taps_by_lane[6 + column][lane];
        }
      }
      for (int64_t column = 0; column < winograd_patch; ++column) {
        const double* const across = points + column * 3;
        float* const run = out + (row * winograd_patch + column) * stride;
        for (int64_t lane = 0; lane < winograd_panel; ++lane) {
          run[lane] = static_cast<float>(across[0] * columns[0][lane] + across[1] * columns[1][lane] + across[2] * columns[2][lane]);
        }
      }
    }
  }
};

struct WinogradShape {
  int64_t batch, in, out, height, width;

  int64_t tile_rows() const { return (height + winograd_side - 1) / winograd_side; }
  int64_t tile_columns() const { return (width + winograd_side - 1) / winograd_side; }
  int64_t tiles() const { return tile_rows() * tile_columns(); }
  int64_t blocks() const { return (tiles() + winograd_tiles - 1) / winograd_tiles; }
};

struct Operands {
  const float* x;
  const float* weight;
  const float* bias;
  const float* residual;  // may be null
  float* out;
};

// Tiles first … last - 1 of one picture. scratch  float32 [36][48][I + 32]
void run_tile_block(const WinogradShape& shape, const Operands& operands, int64_t picture, int64_t first, int64_t last, float* scratch) {
  const int64_t pixels = shape.height * shape.width;
  const kernels::WinogradPicture source{operands.x + picture * pixels * shape.in, shape.height, shape.width, shape.in};
  float* const values = scratch;
  float* const products = scratch + winograd_positions * winograd_tiles * shape.in;
  for (int64_t tile = first; tile < last; ++tile) {
    kernels::winograd_read(source, tile / shape.tile_columns() * winograd_side - 1, tile % shape.tile_columns() * winograd_side - 1,
                           tile - first, values);
  }
  const int64_t panels = shape.out / winograd_panel;
  for (int64_t panel = 0; panel < panels; ++panel) {
    for (int64_t i = 0; i < winograd_positions; ++i) {
      kernels::winograd_multiply(values + i * winograd_tiles * shape.in, operands.weight + (i * panels + panel) * shape.in * winograd_panel,
                                 shape.in, products + i * winograd_tiles * winograd_panel);
    }
    for (int64_t tile = first; tile < last; ++tile) {
      const int64_t row = tile / shape.tile_columns() * winograd_side;
      const int64_t column = tile % shape.tile_columns() * winograd_side;
      const int64_t at = ((picture * shape.height + row) * shape.width + column) * shape.out + panel * winograd_panel;
      kernels::winograd_write(products, tile - first,
                              {.out = operands.out + at,
                               .residual = operands.residual != nullptr ? operands.residual + at : nullptr,
                               .bias = operands.bias + panel * winograd_panel,
                               .width = shape.width,
                               .channels = shape.out,
                               .rows = std::min(winograd_side, shape.height - row),
                               .columns = std::min(winograd_side, shape.width - column)});
    }
  }
}

WinogradShape checked_shape(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                            const std::optional<torch::Tensor>& residual) {
  const bool known = weight.dim() == 5 && weight.size(0) == 6 && weight.size(1) == 6 && weight.size(4) == winograd_panel;
  if (!known || x_BCHW.dim() != 4 || x_BCHW.scalar_type() != torch::kFloat32 || x_BCHW.size(1) != weight.size(3) || x_BCHW.numel() == 0 ||
      bias.dim() != 1 || bias.size(0) != weight.size(2) * winograd_panel) {
    throw std::invalid_argument(
        format("[winograd_convolution] x [{}], weight [{}] and bias [{}] must be float32 [B,I,H,W], "
               "[6,6,O/32,I,32] and [O]",
               fmt::join(x_BCHW.sizes(), ","), fmt::join(weight.sizes(), ","), fmt::join(bias.sizes(), ",")));
  }
  const WinogradShape shape{x_BCHW.size(0), x_BCHW.size(1), bias.size(0), x_BCHW.size(2), x_BCHW.size(3)};
  if (residual && residual->sizes() != at::IntArrayRef({shape.batch, shape.out, shape.height, shape.width})) {
    throw std::invalid_argument(format("[winograd_convolution] the residual must be [{},{},{},{}], got [{}]", shape.batch, shape.out,
                                       shape.height, shape.width, fmt::join(residual->sizes(), ",")));
  }
  return shape;
}

// residual may be null, or `out` itself.
void run(const WinogradShape& shape, const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
         const float* residual, float* out) {
  const torch::Tensor x = x_BCHW.contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor shift = bias.contiguous();
  const Operands operands{x.const_data_ptr<float>(), weight.const_data_ptr<float>(), shift.const_data_ptr<float>(), residual, out};
  at::parallel_for(0, shape.batch * shape.blocks(), 1, [&](int64_t begin, int64_t end) {
    // Zeros: the last block multiplies tiles that nobody has read.
    torch::Tensor scratch = at::zeros({winograd_positions * winograd_tiles * (shape.in + winograd_panel)}, torch::kFloat32);
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block % shape.blocks() * winograd_tiles;
      run_tile_block(shape, operands, block / shape.blocks(), first, std::min(first + winograd_tiles, shape.tiles()),
                     scratch.mutable_data_ptr<float>());
    }
  });
}

}  // namespace

bool winograd_takes(int64_t out_channels, int64_t in_channels) {
  return kernels::processor().avx512 && out_channels % winograd_panel == 0 && in_channels % 16 == 0 && out_channels > 0 && in_channels > 0;
}

torch::Tensor winograd_weight(const torch::Tensor& weight_OI33) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor points = point_matrix();
  const torch::Tensor taps = weight_OI33.to(torch::kFloat32).contiguous();
  const int64_t panels = taps.size(0) / winograd_panel;
  const int64_t in = taps.size(1);
  torch::Tensor weight = at::empty({winograd_patch, winograd_patch, panels, in, winograd_panel}, torch::kFloat32);
  const TapValues values{points.const_data_ptr<double>(), taps.const_data_ptr<float>(), in};
  auto* const made = weight.mutable_data_ptr<float>();
  at::parallel_for(0, panels * in, 16, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      values.write(at / in, at % in, made + at * winograd_panel, panels * in * winograd_panel);
    }
  });
  return weight;
}

torch::Tensor winograd_taps(const torch::Tensor& weight) {
  const torch::Tensor inverse = at::linalg_pinv(point_matrix());
  const torch::Tensor values_OI66 = weight.to(torch::kDouble).permute({2, 4, 3, 0, 1}).flatten(0, 1);
  return inverse.matmul(values_OI66).matmul(inverse.t()).to(torch::kFloat32).contiguous();
}

torch::Tensor winograd_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                                   const std::optional<torch::Tensor>& residual_BCHW) {
  const WinogradShape shape = checked_shape(x_BCHW, weight, bias, residual_BCHW);
  const std::optional<torch::Tensor> residual =
      residual_BCHW ? std::optional(residual_BCHW->contiguous(at::MemoryFormat::ChannelsLast)) : std::nullopt;
  torch::Tensor out =
      at::empty({shape.batch, shape.out, shape.height, shape.width}, x_BCHW.options().memory_format(at::MemoryFormat::ChannelsLast));
  run(shape, x_BCHW, weight, bias, residual ? residual->const_data_ptr<float>() : nullptr, out.mutable_data_ptr<float>());
  return out;
}

void winograd_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& sum_BCHW) {
  const WinogradShape shape = checked_shape(x_BCHW, weight, bias, sum_BCHW);
  if (!sum_BCHW.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    throw std::invalid_argument("[winograd_convolution_onto] the sum must be channels_last");
  }
  auto* const sum = sum_BCHW.mutable_data_ptr<float>();
  run(shape, x_BCHW, weight, bias, sum, sum);
}

}  // namespace darkroom
