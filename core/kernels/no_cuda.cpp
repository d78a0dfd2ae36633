// SPDX-License-Identifier: Apache-2.0
// The kernels' CUDA halves in a build without CUDA.
#include "core/base/format.h"
#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {

void adamw_ema_step_cuda(const AdamwEmaBuffers&, const AdamwEmaStep&, const torch::Tensor&) {
  fail(ErrorCode::failed,
       "This engine was built without CUDA: the optimiser step has no kernel for the chosen device. Build with the cuda preset.");
}

torch::Tensor grad_norm_cuda(const torch::Tensor&) {
  fail(ErrorCode::failed,
       "This engine was built without CUDA: the gradient norm has no kernel for the chosen device. Build with the cuda preset.");
}

}  // namespace darkroom::kernels
