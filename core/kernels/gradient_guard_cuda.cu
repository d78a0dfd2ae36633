// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/kernels/gradient_guard_backends.h"

namespace darkroom::kernels {
namespace {

__global__ void judge(double* norm, double* state, double spike_factor, double memory) {
  judge_gradient(norm, state, spike_factor, memory);
}

}  // namespace

void guard_gradient_cuda(const torch::Tensor& norm, const torch::Tensor& state, const GuardRule& rule) {
  const c10::cuda::CUDAGuard guard(norm.device());
  judge<<<1, 1, 0, c10::cuda::getCurrentCUDAStream()>>>(norm.data_ptr<double>(), state.data_ptr<double>(), rule.spike_factor,
                                                        static_cast<double>(rule.memory_steps));
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

}  // namespace darkroom::kernels
