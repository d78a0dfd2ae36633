// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns, T width of the time embedding.
#pragma once

#include <optional>
#include <string>

#include "core/nn/layers.h"

namespace darkroom {

/// norm1, SiLU, conv1, + time, norm2, SiLU, conv2, + shortcut.
struct ResnetBlock {
  NormLayer norm1;
  ConvolutionLayer conv1;
  std::optional<LinearLayer> time;  ///< absent in a VAE
  NormLayer norm2;
  ConvolutionLayer conv2;
  std::optional<ConvolutionLayer> shortcut;  ///< 1x1, where the channels change
};

struct ResnetShape {
  int64_t in = 0;
  int64_t out = 0;
  int64_t time_width = 0;  ///< 0: no time embedding
  int64_t groups = 32;
  double eps = 1e-5;
  LayerInit conv2 = LayerInit::standard;  ///< zero in a UNet from scratch
};

/// Names of the parameters inside a block.
struct ResnetNames {
  const char* time = "time_emb_proj";
  const char* shortcut = "conv_shortcut";
};

ResnetBlock add_resnet_block(ParameterLayout& layout, const std::string& name, const ResnetShape& shape, const ResnetNames& names = {});

/// The branch without the shortcut.
/// time_silu_BT  SiLU of the time embedding, [B,T] or [1,T]; undefined where the block has no time layer
torch::Tensor resnet_branch(const Weights& weights, const ResnetBlock& block, const torch::Tensor& x_BCHW,
                            const torch::Tensor& time_silu_BT);

/// x, or its 1x1 convolution where the channels change.
torch::Tensor resnet_shortcut(const Weights& weights, const ResnetBlock& block, const torch::Tensor& x_BCHW);

/// branch + shortcut, [B,out,H,W]; in the memory of x where it is moved here, the channels stay and convolution_onto can.
torch::Tensor resnet_block(const Weights& weights, const ResnetBlock& block, torch::Tensor x_BCHW, const torch::Tensor& time_silu_BT = {});

}  // namespace darkroom
