// SPDX-License-Identifier: Apache-2.0
// The twin of adamw_ema_cpu.cpp. Grids are fixed by the length, so sums do not depend on the card's load; no atomics.
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_bf16.h>

#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {
namespace {

constexpr int threads = 256;

__global__ void update(float* __restrict__ master, float* __restrict__ gradient, float* __restrict__ exp_avg,
                       float* __restrict__ exp_avg_sq, float* __restrict__ ema, float* __restrict__ ema_2, float* __restrict__ ema_3,
                       __nv_bfloat16* __restrict__ working, int64_t total, const double* __restrict__ norm, float clip_norm,
                       AdamwEmaFactors f) {
  const double value = *norm;
  const bool finite = isfinite(value);
  const float scale = clip_norm > 0 ? static_cast<float>(fmin(1.0, static_cast<double>(clip_norm) / (value + 1e-6))) : 1.0F;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < total; i += stride) {
    if (finite) {
      const float g = gradient[i] * scale;
      const float m = exp_avg[i] + (g - exp_avg[i]) * f.one_minus_beta1;
      const float v = exp_avg_sq[i] * f.beta2 + g * g * f.one_minus_beta2;
      exp_avg[i] = m;
      exp_avg_sq[i] = v;
      const float w = master[i] * f.decay - f.step_size * (m / (sqrtf(v) * f.inverse_root_correction2 + f.eps));
      master[i] = w;
      ema[i] = ema[i] + (w - ema[i]) * f.one_minus_ema;
      if (ema_2 != nullptr) {
        ema_2[i] = ema_2[i] + (w - ema_2[i]) * f.one_minus_second;
      }
      if (ema_3 != nullptr) {
        ema_3[i] = ema_3[i] + (w - ema_3[i]) * f.one_minus_third;
      }
      if (working != nullptr) {
        working[i] = __float2bfloat16_rn(w);
      }
    }
    gradient[i] = 0;
  }
}

__device__ double block_sum(double value) {
  __shared__ double parts[threads];
  parts[threadIdx.x] = value;
  __syncthreads();
  for (int half = threads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      parts[threadIdx.x] += parts[threadIdx.x + half];
    }
    __syncthreads();
  }
  return parts[0];
}

__global__ void square_sums(const float* __restrict__ values, int64_t total, double* __restrict__ sums) {
  const int64_t begin = static_cast<int64_t>(blockIdx.x) * norm_block;
  const int64_t end = begin + norm_block < total ? begin + norm_block : total;
  double sum = 0;
  for (int64_t i = begin + threadIdx.x; i < end; i += threads) {
    sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
  }
}

__global__ void root_of_sum(const double* __restrict__ sums, int64_t count, double* __restrict__ root) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += threads) {
    sum += sums[i];
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    *root = sqrt(sum);
  }
}

}  // namespace

void adamw_ema_step_cuda(const AdamwEmaBuffers& buffers, const AdamwEmaStep& step, const torch::Tensor& gradient_norm) {
  const c10::cuda::CUDAGuard guard(buffers.master.device());
  const int64_t total = buffers.master.numel();
  const auto blocks = static_cast<unsigned>(std::min<int64_t>((total + threads - 1) / threads, 16384));
  auto* working = buffers.working ? reinterpret_cast<__nv_bfloat16*>(buffers.working->data_ptr<at::BFloat16>()) : nullptr;
  const auto more = [&buffers](size_t index) {
    return index < buffers.more_emas.size() ? buffers.more_emas[index].data_ptr<float>() : nullptr;
  };
  update<<<blocks, threads, 0, c10::cuda::getCurrentCUDAStream()>>>(
      buffers.master.data_ptr<float>(), buffers.gradient.data_ptr<float>(), buffers.exp_avg.data_ptr<float>(),
      buffers.exp_avg_sq.data_ptr<float>(), buffers.ema.data_ptr<float>(), more(0), more(1), working, total,
      gradient_norm.data_ptr<double>(), static_cast<float>(step.clip_norm), factors_of(step));
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

torch::Tensor grad_norm_cuda(const torch::Tensor& flat) {
  const c10::cuda::CUDAGuard guard(flat.device());
  const int64_t total = flat.numel();
  const int64_t blocks = (total + norm_block - 1) / norm_block;
  const auto options = flat.options().dtype(torch::kFloat64);
  const torch::Tensor sums = torch::empty({blocks}, options);
  torch::Tensor root = torch::empty({}, options);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  if (blocks > 0) {
    square_sums<<<static_cast<unsigned>(blocks), threads, 0, stream>>>(flat.data_ptr<float>(), total, sums.data_ptr<double>());
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
  root_of_sum<<<1, threads, 0, stream>>>(sums.data_ptr<double>(), blocks, root.data_ptr<double>());
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return root;
}

}  // namespace darkroom::kernels
