// SPDX-License-Identifier: Apache-2.0
// Layers over maps too large to be copied: a strip of rows at a time, group norms with the statistics of the whole map. The results are
// those of the plain layers up to the order of sums; there are no seams. For inference: without gradients.
// Shapes: C channels, H W rows and columns, R rows of a strip; one picture at a time.
#pragma once

#include <functional>

#include "core/nn/resnet_block.h"

namespace darkroom {

/// A map [1,C,H,W] of which strips can be had; an enlarged one is made strip by strip and never as a whole.
class RowSource {
 public:
  explicit RowSource(torch::Tensor x_1CHW);
  /// What upsample_convolution makes of x at twice its sides. `weights` must outlive this.
  RowSource(const Weights& weights, const ConvolutionLayer& upsampling, torch::Tensor x_1CHW);

  int64_t height() const;
  int64_t width() const;
  torch::TensorOptions options() const { return x_.options(); }
  /// Rows first … last - 1; 0 <= first < last <= height().
  torch::Tensor rows(int64_t first, int64_t last) const;
  /// The map as a whole: x itself, or the enlarged one, made in strips of `strip` rows.
  torch::Tensor whole(int64_t strip) const;

 private:
  torch::Tensor x_;
  std::function<torch::Tensor(const torch::Tensor& rows_1CRW)> enlarge_;  // empty: none
};

/// A new map [1,channels,H,W] in channels_last, filled by `make(first, last)` in strips of `strip` rows.
torch::Tensor map_in_strips(const torch::TensorOptions& options, int64_t channels, int64_t height, int64_t width, int64_t strip,
                            const std::function<torch::Tensor(int64_t first, int64_t last)>& make);

/// resnet_block without a time embedding. Beside x and the result, which is x itself where x is no enlarged map and the channels do not
/// change, it holds one map of the branch and a few strips.
/// strip  rows, at least 1
torch::Tensor resnet_block_in_strips(const Weights& weights, const ResnetBlock& block, const RowSource& x, int64_t strip);

/// convolution(SiLU(group_norm(x))) of a 3x3 convolution with padding 1.
torch::Tensor norm_silu_convolution_in_strips(const Weights& weights, const NormLayer& norm, const ConvolutionLayer& layer,
                                              const RowSource& x, int64_t strip);

/// A 3x3 convolution with padding 1.
torch::Tensor convolution_in_strips(const Weights& weights, const ConvolutionLayer& layer, const RowSource& x, int64_t strip);

/// downsample_bottom_right.
torch::Tensor downsample_in_strips(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_1CHW, int64_t strip);

}  // namespace darkroom
