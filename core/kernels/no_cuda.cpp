// SPDX-License-Identifier: Apache-2.0
// The kernels' CUDA halves in a build without CUDA.
#include "core/base/format.h"
#include "core/kernels/geglu_backends.h"
#include "core/kernels/gradient_guard_backends.h"
#include "core/kernels/group_norm_backends.h"
#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {
namespace {

[[noreturn]] void fail_without_cuda(const char* what) {
  fail(ErrorCode::failed, "This engine was built without CUDA: {} has no kernel for the chosen device. Build with the cuda preset.", what);
}

}  // namespace

void adamw_ema_step_cuda(const AdamwEmaBuffers&, const AdamwEmaStep&, const torch::Tensor&) { fail_without_cuda("the optimiser step"); }

void adamw8bit_step_cuda(const AdamwEmaBuffers&, const QuantizedMoments&, const AdamwEmaStep&, const torch::Tensor&) {
  fail_without_cuda("the 8-bit optimiser step");
}

torch::Tensor grad_norm_cuda(const torch::Tensor&) { fail_without_cuda("the gradient norm"); }

void guard_gradient_cuda(const torch::Tensor&, const torch::Tensor&, const GuardRule&) { fail_without_cuda("the gradient guard"); }

GroupNormForward group_norm_forward_cuda(const torch::Tensor&, const torch::Tensor&, const torch::Tensor&, int64_t, double, bool) {
  fail_without_cuda("group normalisation");
}

GroupNormGradients group_norm_backward_cuda(const GroupNormSaved&, const torch::Tensor&) { fail_without_cuda("group normalisation"); }

void geglu_forward_cuda(const torch::Tensor&, torch::Tensor&) { fail_without_cuda("GEGLU"); }

void geglu_backward_cuda(const torch::Tensor&, const torch::Tensor&, torch::Tensor&) { fail_without_cuda("GEGLU"); }

}  // namespace darkroom::kernels
