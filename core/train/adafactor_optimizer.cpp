// SPDX-License-Identifier: Apache-2.0
// The outputs come first in both memory formats, so a slot's block of memory is the matrix; only the order of its columns differs.
#include "core/train/adafactor_optimizer.h"

#include "core/train/optimizer_state.h"

namespace darkroom {
namespace {

bool is_matrix(const ParameterSlot& slot) { return slot.shape.size() >= 2 && slot.shape[0] > 1 && slot.numel > slot.shape[0]; }

// One number a column, in files I,H,W of a convolution.
torch::Tensor columns_view(const torch::Tensor& column, const ParameterSlot& slot, ConvolutionMemory memory) {
  if (slot.shape.size() == 4 && memory == ConvolutionMemory::channels_last) {
    return column.view({slot.shape[2], slot.shape[3], slot.shape[1]}).permute({2, 0, 1});
  }
  return column.view(std::vector<int64_t>(slot.shape.begin() + 1, slot.shape.end()));
}

}  // namespace

AdafactorOptimizer::AdafactorOptimizer(OptimizerPlan plan, double clip_norm, ParameterArena& arena)
    : plan_(std::move(plan)), clip_norm_(clip_norm), arena_(arena) {
  const auto fp32 = torch::TensorOptions().dtype(torch::kFloat32).device(arena.options().device);
  for (const ParameterSlot& slot : arena.layout().all_slots()) {
    AdafactorSlot made{.weight = arena.flat(ArenaBuffer::master).narrow(0, slot.offset, slot.numel),
                       .gradient = arena.flat(ArenaBuffer::gradient).narrow(0, slot.offset, slot.numel),
                       .row = {},
                       .column = {},
                       .whole = {}};
    if (is_matrix(slot)) {
      made.weight = made.weight.view({slot.shape[0], -1});
      made.gradient = made.gradient.view({slot.shape[0], -1});
      made.row = torch::zeros({made.weight.size(0)}, fp32);
      made.column = torch::zeros({made.weight.size(1)}, fp32);
    } else {
      made.whole = torch::zeros({slot.numel}, fp32);
    }
    slots_.push_back(std::move(made));
  }
}

void AdafactorOptimizer::step(const OptimizerStep& step, const torch::Tensor& gradient_norm) {
  const torch::NoGradGuard no_grad;
  const StepGate gate = step_gate(gradient_norm, clip_norm_);
  const AdafactorStep settings{.lr = step.lr,
                               .weight_decay = plan_.weight_decay,
                               .decay_power = plan_.decay_power,
                               .update_clip = plan_.update_clip,
                               .step = step.update};
  for (const AdafactorSlot& slot : slots_) {
    adafactor_step(slot, settings, gate);
  }
  const torch::Tensor master = arena_.flat(ArenaBuffer::master);
  const torch::Tensor open = gate.open.to(torch::kFloat32);
  for (size_t i = 0; i < arena_.options().emas; ++i) {
    torch::Tensor ema = arena_.flat(ema_buffers.at(i));
    ema.lerp_(master, open * (1 - step.ema_decays.at(i)));
  }
  arena_.refresh_working();
  arena_.zero_gradients();
}

std::vector<NamedTensor> AdafactorOptimizer::state() const {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const ParameterSlot& slot = arena_.layout().slot(static_cast<int>(i));
    if (is_matrix(slot)) {
      tensors.push_back({"row." + slot.name, slots_[i].row});
      tensors.push_back({"column." + slot.name, columns_view(slots_[i].column, slot, arena_.options().convolution_memory)});
    } else {
      tensors.push_back({"exp_avg_sq." + slot.name, as_slot(slots_[i].whole, slot, arena_.options().convolution_memory)});
    }
  }
  return tensors;
}

void AdafactorOptimizer::reset() {
  for (const NamedTensor& entry : state()) {
    torch::Tensor tensor = entry.tensor;
    tensor.zero_();
  }
}

void AdafactorOptimizer::load(const OptimizerState& from, const std::string& where) { copy_state(from, state(), where); }

int64_t adafactor_state_elements(const ParameterLayout& layout) {
  int64_t elements = 0;
  for (const ParameterSlot& slot : layout.all_slots()) {
    elements += is_matrix(slot) ? slot.shape[0] + slot.numel / slot.shape[0] : slot.numel;
  }
  return elements;
}

}  // namespace darkroom
