// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/geglu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "core/base/format.h"
#include "core/kernels/geglu_backends.h"

namespace darkroom {
namespace {

torch::Tensor result_for(const torch::Tensor& x) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() /= 2;
  return at::empty(sizes, x.options());
}

// Whether the CUDA kernels take x, given contiguous.
bool has_cuda_kernel(const torch::Tensor& x) {
  const torch::ScalarType dtype = x.scalar_type();
  return x.is_cuda() && (dtype == torch::kFloat32 || dtype == torch::kBFloat16 || dtype == torch::kFloat16) && x.size(-1) % 16 == 0 &&
         x.numel() > 0 && reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
}

struct GegluFunction : torch::autograd::Function<GegluFunction> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    context->save_for_backward({x});
    if (has_cuda_kernel(x)) {
      torch::Tensor y = result_for(x);
      kernels::geglu_forward_cuda(x, y);
      return y;
    }
    const std::vector<torch::Tensor> halves = x.chunk(2, -1);
    return halves[0] * at::gelu(halves[1]);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const torch::Tensor x = context->get_saved_variables()[0];
    const torch::Tensor dy = gradients[0].contiguous();
    if (has_cuda_kernel(x) && reinterpret_cast<uintptr_t>(dy.const_data_ptr()) % 16 == 0) {
      torch::Tensor dx = at::empty_like(x);
      kernels::geglu_backward_cuda(x, dy, dx);
      return {dx};
    }
    const std::vector<torch::Tensor> halves = x.chunk(2, -1);
    return {at::cat({dy * at::gelu(halves[1]), at::gelu_backward(dy * halves[0], halves[1])}, -1)};
  }
};

}  // namespace

torch::Tensor geglu(const torch::Tensor& x) {
  if (x.dim() < 1 || x.size(-1) % 2 != 0) {
    throw std::invalid_argument(format("[geglu] the last dimension of x must be even, got [{}]", fmt::join(x.sizes(), ",")));
  }
  return GegluFunction::apply(x.contiguous());
}

bool fast_geglu_takes(const torch::Tensor& x) {
  const torch::ScalarType dtype = x.scalar_type();
  return x.device().is_cpu() && (dtype == torch::kFloat32 || dtype == torch::kBFloat16) && x.dim() >= 1 && x.size(-1) % 2 == 0 &&
         x.is_contiguous() && !(x.requires_grad() && torch::GradMode::is_enabled());
}

torch::Tensor fast_geglu(const torch::Tensor& x) {
  if (!fast_geglu_takes(x)) {
    throw std::invalid_argument(
        format("[fast_geglu] x must be contiguous float32 or bfloat16 [...,2W] on a CPU, without gradient, got {} [{}]",
               c10::toString(x.scalar_type()), fmt::join(x.sizes(), ",")));
  }
  torch::Tensor y = result_for(x);
  if (y.numel() > 0) {
    kernels::geglu_rows(x, y, y.numel() / y.size(-1), y.size(-1));
  }
  return y;
}

}  // namespace darkroom
