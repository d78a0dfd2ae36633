// SPDX-License-Identifier: Apache-2.0
// Checks and the autograd function; the passes are in group_norm_cpu.cpp and group_norm_cuda.cu.
#include "core/kernels/group_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include "core/base/format.h"
#include "core/kernels/group_norm_backends.h"

namespace darkroom {
namespace {

// Of tensors on the device `meta`: shapes alone.
kernels::GroupNormForward forward_shapes(const torch::Tensor& x_BCHW, int64_t groups) {
  return {at::empty_like(x_BCHW), at::empty({x_BCHW.size(0), groups, 2}, x_BCHW.options().dtype(torch::kFloat32))};
}

kernels::GroupNormForward forward_pass(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                       double eps, bool silu) {
  if (x_BCHW.is_meta()) {
    return forward_shapes(x_BCHW, groups);
  }
  return x_BCHW.is_cuda() ? kernels::group_norm_forward_cuda(x_BCHW, weight, bias, groups, eps, silu)
                          : kernels::group_norm_forward_cpu(x_BCHW, weight, bias, groups, eps, silu);
}

kernels::GroupNormGradients backward_pass(const kernels::GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  if (dy_BCHW.is_meta()) {
    return {at::empty_like(saved.x_BCHW), at::empty_like(saved.weight), at::empty_like(saved.bias)};
  }
  return dy_BCHW.is_cuda() ? kernels::group_norm_backward_cuda(saved, dy_BCHW) : kernels::group_norm_backward_cpu(saved, dy_BCHW);
}

struct GroupNormFunction : torch::autograd::Function<GroupNormFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x_BCHW, const torch::Tensor& weight,
                               const torch::Tensor& bias, int64_t groups, double eps, bool silu) {
    const kernels::GroupNormForward made = forward_pass(x_BCHW, weight, bias, groups, eps, silu);
    context->save_for_backward({x_BCHW, weight, bias, made.statistics});
    context->saved_data["groups"] = groups;
    context->saved_data["silu"] = silu;
    return made.y_BCHW;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const kernels::GroupNormSaved given{
        saved[0], saved[1], saved[2], saved[3], context->saved_data["groups"].toInt(), context->saved_data["silu"].toBool()};
    const torch::Tensor dy_BCHW = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    kernels::GroupNormGradients made = backward_pass(given, dy_BCHW);
    return {std::move(made.x_BCHW), std::move(made.weight), std::move(made.bias), {}, {}, {}};
  }
};

bool is_vector_of(const torch::Tensor& vector, const torch::Tensor& x_BCHW) {
  return vector.dim() == 1 && vector.size(0) == x_BCHW.size(1) && vector.is_contiguous() && vector.scalar_type() == x_BCHW.scalar_type() &&
         vector.device() == x_BCHW.device();
}

void check_operands(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups) {
  if (!group_norm_channels_last_takes(x_BCHW)) {
    throw std::invalid_argument(
        format("[group_norm_channels_last] x must be a dense channels_last tensor of float32, bfloat16 or float16 with a multiple of 8 "
               "channels, got {} [{}] with strides [{}]",
               c10::toString(x_BCHW.scalar_type()), fmt::join(x_BCHW.sizes(), ","), fmt::join(x_BCHW.strides(), ",")));
  }
  if (!is_vector_of(weight, x_BCHW) || !is_vector_of(bias, x_BCHW)) {
    throw std::invalid_argument(format("[group_norm_channels_last] weight and bias must be {} [{}] on {}, got {} [{}] and {} [{}]",
                                       c10::toString(x_BCHW.scalar_type()), x_BCHW.size(1), x_BCHW.device().str(),
                                       c10::toString(weight.scalar_type()), fmt::join(weight.sizes(), ","),
                                       c10::toString(bias.scalar_type()), fmt::join(bias.sizes(), ",")));
  }
  if (groups < 1 || x_BCHW.size(1) % groups != 0) {
    throw std::invalid_argument(format("[group_norm_channels_last] groups must divide the {} channels, got {}", x_BCHW.size(1), groups));
  }
}

}  // namespace

bool group_norm_channels_last_takes(const torch::Tensor& x_BCHW) {
  const torch::ScalarType dtype = x_BCHW.scalar_type();
  return x_BCHW.dim() == 4 && (dtype == torch::kFloat32 || dtype == torch::kBFloat16 || dtype == torch::kFloat16) &&
         x_BCHW.size(1) % 8 == 0 && x_BCHW.numel() > 0 && x_BCHW.is_contiguous(at::MemoryFormat::ChannelsLast) &&
         reinterpret_cast<uintptr_t>(x_BCHW.const_data_ptr()) % 16 == 0;
}

torch::Tensor group_norm_channels_last(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                       double eps, bool silu) {
  check_operands(x_BCHW, weight, bias, groups);
  return GroupNormFunction::apply(x_BCHW, weight, bias, groups, eps, silu);
}

torch::Tensor group_norm_channels_last_of(torch::Tensor x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                          double eps, bool silu) {
  check_operands(x_BCHW, weight, bias, groups);
  const bool has_kernel = x_BCHW.device().is_cpu() && x_BCHW.scalar_type() != torch::kFloat16;
  const bool is_ours = x_BCHW.use_count() == 1 && x_BCHW.storage().use_count() == 1;
  if (!has_kernel || !is_ours || at::GradMode::is_enabled()) {
    return group_norm_channels_last(x_BCHW, weight, bias, groups, eps, silu);
  }
  kernels::group_norm_in_place_cpu(x_BCHW, weight, bias, groups, eps, silu);
  return x_BCHW;
}

}  // namespace darkroom
