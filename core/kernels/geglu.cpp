// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/geglu.h"

#include "core/base/format.h"
#include "core/kernels/geglu_backends.h"

namespace darkroom {

bool geglu_takes(const torch::Tensor& x) {
  const torch::ScalarType dtype = x.scalar_type();
  return x.device().is_cpu() && (dtype == torch::kFloat32 || dtype == torch::kBFloat16) && x.dim() >= 1 && x.size(-1) % 2 == 0 &&
         x.is_contiguous() && !(x.requires_grad() && torch::GradMode::is_enabled());
}

torch::Tensor geglu(const torch::Tensor& x) {
  if (!geglu_takes(x)) {
    throw std::invalid_argument(format("[geglu] x must be contiguous float32 or bfloat16 [...,2W] on a CPU, without gradient, got {} [{}]",
                                       c10::toString(x.scalar_type()), fmt::join(x.sizes(), ",")));
  }
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() /= 2;
  torch::Tensor y = at::empty(sizes, x.options());
  if (y.numel() > 0) {
    kernels::geglu_rows(x, y, y.numel() / sizes.back(), sizes.back());
  }
  return y;
}

}  // namespace darkroom
