// SPDX-License-Identifier: Apache-2.0
// The captured weights are leaves, so a nested backward pass over the recomputed graph adds to their .grad by itself; only the inputs'
// gradients go back through the outer graph. The segment draws no random numbers, so there is no generator state to restore.
#include "core/nn/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

namespace darkroom {
namespace {

struct HeldSegment : torch::CustomClassHolder {
  explicit HeldSegment(Segment held) : segment(std::move(held)) {}
  Segment segment;
};

struct RecomputeFunction : torch::autograd::Function<RecomputeFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const Segment& segment, at::TensorList inputs) {
    context->saved_data["segment"] = torch::IValue::make_capsule(c10::make_intrusive<HeldSegment>(segment));
    context->save_for_backward(inputs.vec());
    return segment(inputs.vec());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto held = c10::static_intrusive_pointer_cast<HeldSegment>(context->saved_data["segment"].toCapsule());
    std::vector<torch::Tensor> inputs;
    for (const torch::Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.defined() ? saved.detach().set_requires_grad(saved.requires_grad()) : saved);
    }
    torch::Tensor output;
    {
      const torch::AutoGradMode gradients_on(true);
      output = held->segment(inputs);
    }
    torch::autograd::backward({output}, {gradients[0]});

    torch::autograd::variable_list result(inputs.size() + 1);  // the first belongs to the segment
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].defined()) {
        result[i + 1] = inputs[i].grad();
      }
    }
    return result;
  }
};

}  // namespace

torch::Tensor recompute(const Segment& segment, const std::vector<torch::Tensor>& inputs) {
  bool wanted = false;
  for (const torch::Tensor& input : inputs) {
    wanted = wanted || (input.defined() && input.requires_grad());
  }
  return wanted && torch::GradMode::is_enabled() ? RecomputeFunction::apply(segment, at::TensorList(inputs)) : segment(inputs);
}

}  // namespace darkroom
