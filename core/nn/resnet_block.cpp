// SPDX-License-Identifier: Apache-2.0
// Source: He et al. 2016, arXiv:1512.03385, in the pre-activation form of Ho et al. 2020, arXiv:2006.11239.
#include "core/nn/resnet_block.h"

namespace darkroom {
namespace {

// The branch up to its last convolution.
torch::Tensor before_conv2(const Weights& weights, const ResnetBlock& block, const torch::Tensor& x_BCHW,
                           const torch::Tensor& time_silu_BT) {
  torch::Tensor normed = group_norm_silu(weights, block.norm1, x_BCHW);
  torch::Tensor h = block.time ? convolution_plus_channels(weights, block.conv1, normed, linear(weights, *block.time, time_silu_BT))
                               : convolution(weights, block.conv1, normed);
  normed.reset();  // its memory is free for what follows
  return group_norm_silu_of(weights, block.norm2, std::move(h));
}

}  // namespace

ResnetBlock add_resnet_block(ParameterLayout& layout, const std::string& name, const ResnetShape& shape, const ResnetNames& names) {
  ResnetBlock block;
  block.norm1 = add_group_norm(layout, name + ".norm1", shape.in, shape.groups, shape.eps);
  block.conv1 = add_convolution(layout, name + ".conv1", {.in = shape.in, .out = shape.out});
  if (shape.time_width > 0) {
    block.time = add_linear(layout, name + "." + names.time, shape.time_width, shape.out);
  }
  block.norm2 = add_group_norm(layout, name + ".norm2", shape.out, shape.groups, shape.eps);
  block.conv2 = add_convolution(layout, name + ".conv2", {.in = shape.out, .out = shape.out}, shape.conv2);
  if (shape.in != shape.out) {
    block.shortcut = add_convolution(layout, name + "." + names.shortcut, {.in = shape.in, .out = shape.out, .kernel = 1, .padding = 0});
  }
  return block;
}

torch::Tensor resnet_branch(const Weights& weights, const ResnetBlock& block, const torch::Tensor& x_BCHW,
                            const torch::Tensor& time_silu_BT) {
  return convolution(weights, block.conv2, before_conv2(weights, block, x_BCHW, time_silu_BT));
}

torch::Tensor resnet_shortcut(const Weights& weights, const ResnetBlock& block, const torch::Tensor& x_BCHW) {
  return block.shortcut ? convolution(weights, *block.shortcut, x_BCHW) : x_BCHW;
}

torch::Tensor resnet_block(const Weights& weights, const ResnetBlock& block, torch::Tensor x_BCHW, const torch::Tensor& time_silu_BT) {
  const torch::Tensor h = before_conv2(weights, block, x_BCHW, time_silu_BT);
  if (block.shortcut) {
    x_BCHW = resnet_shortcut(weights, block, x_BCHW);
  }
  return convolution_onto(weights, block.conv2, h, std::move(x_BCHW));
}

}  // namespace darkroom
