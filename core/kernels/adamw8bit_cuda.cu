// SPDX-License-Identifier: Apache-2.0
// The twin of adamw8bit_cpu.cpp: one thread an element, one CUDA block a quantisation block.
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_bf16.h>

#include "core/kernels/kernel_backends.h"

namespace darkroom::kernels {
namespace {

constexpr int threads = static_cast<int>(quantization_block);
constexpr int values = 256;

struct Pointers {
  float* master;
  const float* gradient;
  float* ema;
  float* ema_2;
  float* ema_3;
  __nv_bfloat16* working;
  uint8_t* first;
  uint8_t* second;
  float* first_scale;
  float* second_scale;
  const int64_t* begin;
  const int64_t* count;
  const float* signed_code;
  const float* unsigned_code;
};

__device__ float block_largest(float value, float* parts) {
  parts[threadIdx.x] = value;
  __syncthreads();
  for (int half = threads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      parts[threadIdx.x] = fmaxf(parts[threadIdx.x], parts[threadIdx.x + half]);
    }
    __syncthreads();
  }
  const float most = parts[0];
  __syncthreads();
  return most;
}

// How many borders lie below x.
__device__ int nearest(const float* code, float x) {
  int low = 0;
  int high = values - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if ((code[middle] + code[middle + 1]) / 2 < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

__global__ void update(Pointers p, const double* __restrict__ norm, float clip_norm, AdamwEmaFactors f) {
  __shared__ float signed_code[values];
  __shared__ float unsigned_code[values];
  __shared__ float parts[threads];
  const double length = *norm;
  if (!isfinite(length)) {
    return;
  }
  signed_code[threadIdx.x] = p.signed_code[threadIdx.x];
  unsigned_code[threadIdx.x] = p.unsigned_code[threadIdx.x];
  __syncthreads();
  const float scale = clip_norm > 0 ? static_cast<float>(fmin(1.0, static_cast<double>(clip_norm) / (length + 1e-6))) : 1.0F;
  const int64_t k = blockIdx.x;
  const bool mine = threadIdx.x < p.count[k];
  const int64_t at = p.begin[k] + threadIdx.x;
  float m = 0;
  float v = 0;
  if (mine) {
    const float g = p.gradient[at] * scale;
    const float old_m = signed_code[p.first[at]] * p.first_scale[k];
    m = old_m + (g - old_m) * f.one_minus_beta1;
    v = unsigned_code[p.second[at]] * p.second_scale[k] * f.beta2 + g * g * f.one_minus_beta2;
    const float w = p.master[at] * f.decay - f.step_size * (m / (sqrtf(v) * f.inverse_root_correction2 + f.eps));
    p.master[at] = w;
    p.ema[at] += (w - p.ema[at]) * f.one_minus_ema;
    if (p.ema_2 != nullptr) {
      p.ema_2[at] += (w - p.ema_2[at]) * f.one_minus_second;
    }
    if (p.ema_3 != nullptr) {
      p.ema_3[at] += (w - p.ema_3[at]) * f.one_minus_third;
    }
    if (p.working != nullptr) {
      p.working[at] = __float2bfloat16_rn(w);
    }
  }
  const float most_m = block_largest(fabsf(m), parts);
  const float most_v = block_largest(v, parts);
  if (mine) {
    p.first[at] = static_cast<uint8_t>(nearest(signed_code, most_m > 0 ? m / most_m : 0.0F));
    const int byte = nearest(unsigned_code, most_v > 0 ? v / most_v : 0.0F);
    p.second[at] = static_cast<uint8_t>(v > 0 && byte == 0 ? 1 : byte);
  }
  if (threadIdx.x == 0) {
    p.first_scale[k] = most_m;
    p.second_scale[k] = most_v;
  }
}

}  // namespace

void adamw8bit_step_cuda(const AdamwEmaBuffers& buffers, const QuantizedMoments& moments, const AdamwEmaStep& step,
                         const torch::Tensor& gradient_norm) {
  const c10::cuda::CUDAGuard guard(buffers.master.device());
  const auto more = [&buffers](size_t index) {
    return index < buffers.more_emas.size() ? buffers.more_emas[index].data_ptr<float>() : nullptr;
  };
  const Pointers pointers{
      .master = buffers.master.data_ptr<float>(),
      .gradient = buffers.gradient.data_ptr<float>(),
      .ema = buffers.ema.data_ptr<float>(),
      .ema_2 = more(0),
      .ema_3 = more(1),
      .working = buffers.working ? reinterpret_cast<__nv_bfloat16*>(buffers.working->data_ptr<at::BFloat16>()) : nullptr,
      .first = moments.exp_avg.data_ptr<uint8_t>(),
      .second = moments.exp_avg_sq.data_ptr<uint8_t>(),
      .first_scale = moments.exp_avg_scale.data_ptr<float>(),
      .second_scale = moments.exp_avg_sq_scale.data_ptr<float>(),
      .begin = moments.begin.data_ptr<int64_t>(),
      .count = moments.count.data_ptr<int64_t>(),
      .signed_code = moments.signed_code.data_ptr<float>(),
      .unsigned_code = moments.unsigned_code.data_ptr<float>()};
  if (moments.begin.numel() > 0) {
    update<<<static_cast<unsigned>(moments.begin.numel()), threads, 0, c10::cuda::getCurrentCUDAStream()>>>(
        pointers, gradient_norm.data_ptr<double>(), static_cast<float>(step.clip_norm), factors_of(step));
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
  buffers.gradient.zero_();
}

}  // namespace darkroom::kernels
