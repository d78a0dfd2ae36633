// SPDX-License-Identifier: Apache-2.0
// Shazeer & Stern 2018. Plain tensor operations: with a few of them for each of some hundred tensors the pass is not worth a kernel.
#include "core/kernels/adafactor.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr double tiny = 1e-30;  // the paper's eps_1

torch::Tensor root_mean_square(const torch::Tensor& x) { return x.square().mean().sqrt(); }

void check_step(const AdafactorSlot& slot, const AdafactorStep& step) {
  const bool matrix = slot.weight.dim() == 2;
  const bool fits = matrix ? slot.row.defined() && slot.column.defined() && slot.row.numel() == slot.weight.size(0) &&
                                 slot.column.numel() == slot.weight.size(1)
                           : slot.whole.defined() && slot.whole.sizes() == slot.weight.sizes();
  if (step.step < 1 || !fits || slot.gradient.sizes() != slot.weight.sizes()) {
    throw std::invalid_argument(format("[adafactor_step] step {} from 1, weight [{}] and gradient [{}] with a state that fits", step.step,
                                       fmt::join(slot.weight.sizes(), ","), fmt::join(slot.gradient.sizes(), ",")));
  }
}

}  // namespace

StepGate step_gate(const torch::Tensor& gradient_norm, double clip_norm) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor open = gradient_norm.isfinite();
  if (clip_norm <= 0) {
    return {open, torch::ones({}, gradient_norm.options().dtype(torch::kFloat32))};
  }
  return {open, (clip_norm / (gradient_norm + 1e-6)).clamp_max(1.0).nan_to_num(0).to(torch::kFloat32)};
}

void adafactor_step(const AdafactorSlot& slot, const AdafactorStep& step, const StepGate& gate) {
  check_step(slot, step);
  const torch::NoGradGuard no_grad;
  const auto when_open = [&gate](double value) {
    const auto options = gate.scale.options();
    return at::where(gate.open, torch::full({}, value, options), torch::zeros({}, options));
  };
  const torch::Tensor gradient = at::where(gate.open, slot.gradient, torch::zeros({}, slot.gradient.options())) * gate.scale;
  const torch::Tensor square = gradient.square().add_(tiny);
  const torch::Tensor fresh = when_open(std::pow(static_cast<double>(step.step), -step.decay_power));  // 1 - beta2
  torch::Tensor update;
  if (slot.weight.dim() == 2) {
    slot.row.lerp_(square.mean(1), fresh);
    slot.column.lerp_(square.mean(0), fresh);
    update = gradient * (slot.row / slot.row.mean()).rsqrt().unsqueeze(1) * slot.column.rsqrt().unsqueeze(0);
  } else {
    slot.whole.lerp_(square, fresh);
    update = gradient * slot.whole.rsqrt();
  }
  update.div_((root_mean_square(update) / step.update_clip).clamp_min(1.0));
  // A closed gate in the very first step meets a state of zeros: 0 / 0 must not reach the weight through a rate of 0.
  update = at::where(gate.open, update, torch::zeros({}, update.options()));
  slot.weight.mul_(1 - when_open(step.lr * step.weight_decay));
  slot.weight.sub_(update * when_open(step.lr));
}

}  // namespace darkroom
