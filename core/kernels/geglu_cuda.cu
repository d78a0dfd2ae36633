// SPDX-License-Identifier: Apache-2.0
// A thread takes 16 bytes of neighbouring columns of one row. The gate's GELU is computed again in the backward pass: reading it back would
// cost more than erf does.
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/kernels/geglu_backends.h"
#include "core/kernels/vector_pack.cuh"

namespace darkroom::kernels {
namespace {

constexpr int threads = 256;
constexpr float root_half = 0.70710678118654752F;
constexpr float inverse_root_two_pi = 0.39894228040143268F;

// The share of the gate that passes: Phi(gate).
__device__ float normal_cdf(float gate) { return 0.5F * (1.0F + erff(gate * root_half)); }

// packs: of a row of the result.
template <typename T>
__global__ void forward(const T* __restrict__ x, T* __restrict__ y, int64_t total, int64_t packs) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= total) {
    return;
  }
  const int64_t row = i / packs;
  const T* from = x + (i + row * packs) * Pack<T>::width;
  const Pack<T> value = load_pack(from);
  const Pack<T> gate = load_pack(from + packs * Pack<T>::width);
  Pack<T> out;
#pragma unroll
  for (int k = 0; k < Pack<T>::width; ++k) {
    const float g = to_float(gate.value[k]);
    out.value[k] = from_float<T>(to_float(value.value[k]) * (g * normal_cdf(g)));
  }
  store_pack(y + i * Pack<T>::width, out);
}

template <typename T>
__global__ void backward(const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, int64_t total, int64_t packs) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= total) {
    return;
  }
  const int64_t row = i / packs;
  const int64_t at = (i + row * packs) * Pack<T>::width;
  const int64_t half = packs * Pack<T>::width;
  const Pack<T> value = load_pack(x + at);
  const Pack<T> gate = load_pack(x + at + half);
  const Pack<T> gradient = load_pack(dy + i * Pack<T>::width);
  Pack<T> of_value;
  Pack<T> of_gate;
#pragma unroll
  for (int k = 0; k < Pack<T>::width; ++k) {
    const float g = to_float(gate.value[k]);
    const float d = to_float(gradient.value[k]);
    const float cdf = normal_cdf(g);
    of_value.value[k] = from_float<T>(d * (g * cdf));
    of_gate.value[k] = from_float<T>(d * to_float(value.value[k]) * (cdf + g * inverse_root_two_pi * expf(-0.5F * g * g)));
  }
  store_pack(dx + at, of_value);
  store_pack(dx + at + half, of_gate);
}

unsigned blocks_for(int64_t total) { return static_cast<unsigned>((total + threads - 1) / threads); }

}  // namespace

void geglu_forward_cuda(const torch::Tensor& x, torch::Tensor& y) {
  const c10::cuda::CUDAGuard guard(x.device());
  with_type(x.scalar_type(), [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const int64_t total = y.numel() / Pack<T>::width;
    forward<T><<<blocks_for(total), threads, 0, c10::cuda::getCurrentCUDAStream()>>>(
        static_cast<const T*>(x.const_data_ptr()), static_cast<T*>(y.mutable_data_ptr()), total, y.size(-1) / Pack<T>::width);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  });
}

void geglu_backward_cuda(const torch::Tensor& x, const torch::Tensor& dy, torch::Tensor& dx) {
  const c10::cuda::CUDAGuard guard(x.device());
  with_type(x.scalar_type(), [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const int64_t total = dy.numel() / Pack<T>::width;
    backward<T><<<blocks_for(total), threads, 0, c10::cuda::getCurrentCUDAStream()>>>(
        static_cast<const T*>(x.const_data_ptr()), static_cast<const T*>(dy.const_data_ptr()), static_cast<T*>(dx.mutable_data_ptr()),
        total, dy.size(-1) / Pack<T>::width);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  });
}

}  // namespace darkroom::kernels
