// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

namespace darkroom {

/// A part of a forward pass: a pure function of its inputs and of leaf weights that it captured.
using Segment = std::function<torch::Tensor(const std::vector<torch::Tensor>& inputs)>;

/// Runs `segment` without keeping what its backward pass needs, and runs it again when the gradient arrives.
///
/// The gradients are those of segment(inputs): of `inputs` through the graph, of the captured leaves added to their .grad (hooks on them
/// fire). When no input requires a gradient, or gradients are off, it is the plain call. segment  what it captured by reference (weights,
/// descriptions) must live until the backward pass has run; it draws no random numbers inputs   may hold undefined tensors source   Chen et
/// al. 2016, arXiv:1604.06174
torch::Tensor recompute(const Segment& segment, const std::vector<torch::Tensor>& inputs);

}  // namespace darkroom
