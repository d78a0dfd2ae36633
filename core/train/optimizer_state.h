// SPDX-License-Identifier: Apache-2.0
// Reading an optimiser's state back, and the order of a slot's elements in memory and in files.
#pragma once

#include <string>
#include <vector>

#include "core/train/optimizer.h"

namespace darkroom {

/// The tensor of that name, which must have the shape and dtype of `like.tensor`.
/// throws  Error{bad_input} naming `where`, the tensor and what was expected
torch::Tensor state_tensor(const OptimizerState& state, const NamedTensor& like, const std::string& where);

/// Copies each tensor of `state` into the one of the same name in `into`. throws as state_tensor
void copy_state(const OptimizerState& state, const std::vector<NamedTensor>& into, const std::string& where);

/// A slot's elements (in its file shape) in the order in which an arena of that memory format holds them, [numel].
torch::Tensor stored_order(const torch::Tensor& values, ConvolutionMemory memory);

/// The reverse: elements in memory order, seen in the slot's file shape.
torch::Tensor as_slot(const torch::Tensor& in_memory, const ParameterSlot& slot, ConvolutionMemory memory);

}  // namespace darkroom
