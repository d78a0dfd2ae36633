// SPDX-License-Identifier: Apache-2.0
#include "core/train/optimizer_state.h"

#include "core/base/format.h"

namespace darkroom {

torch::Tensor state_tensor(const OptimizerState& state, const NamedTensor& like, const std::string& where) {
  const auto found = state.find(like.name);
  if (found == state.end()) {
    fail(ErrorCode::bad_input,
         "{}: {} is missing, so the training cannot go on exactly; the checkpoint belongs to another model or optimiser", where, like.name);
  }
  const torch::Tensor& tensor = found->second;
  if (tensor.sizes() != like.tensor.sizes() || tensor.scalar_type() != like.tensor.scalar_type()) {
    fail(ErrorCode::bad_input, "{}: {} must be {} [{}], but is {} [{}]", where, like.name, c10::toString(like.tensor.scalar_type()),
         fmt::join(like.tensor.sizes(), ","), c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ","));
  }
  return tensor;
}

void copy_state(const OptimizerState& state, const std::vector<NamedTensor>& into, const std::string& where) {
  const torch::NoGradGuard no_grad;
  for (const NamedTensor& target : into) {
    torch::Tensor tensor = target.tensor;
    tensor.copy_(state_tensor(state, target, where));
  }
}

torch::Tensor stored_order(const torch::Tensor& values, ConvolutionMemory memory) {
  const bool permuted = memory == ConvolutionMemory::channels_last && values.dim() == 4;
  return (permuted ? values.permute({0, 2, 3, 1}) : values).contiguous().view({-1});
}

torch::Tensor as_slot(const torch::Tensor& in_memory, const ParameterSlot& slot, ConvolutionMemory memory) {
  ParameterSlot alone = slot;
  alone.offset = 0;
  return slot_view(in_memory, alone, memory);
}

}  // namespace darkroom
