// SPDX-License-Identifier: Apache-2.0
// 16 bytes of neighbouring values as one load or store, and their way to float32 and back. For CUDA sources alone.
#pragma once

#include <c10/core/ScalarType.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace darkroom::kernels {

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float to_float(__half value) { return __half2float(value); }

template <typename T>
__device__ T from_float(float value);
template <>
__device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float value) {
  return __float2bfloat16_rn(value);
}
template <>
__device__ inline __half from_float<__half>(float value) {
  return __float2half_rn(value);
}

template <typename T>
struct Pack {
  static constexpr int width = 16 / sizeof(T);
  alignas(16) T value[width];
};

/// from  16-byte aligned
template <typename T>
__device__ Pack<T> load_pack(const T* from) {
  Pack<T> pack;
  *reinterpret_cast<uint4*>(pack.value) = *reinterpret_cast<const uint4*>(from);
  return pack;
}

/// to  16-byte aligned
template <typename T>
__device__ void store_pack(T* to, const Pack<T>& pack) {
  *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(pack.value);
}

/// What `run` returns for a null pointer of the kernels' type for the dtype: float32, float16 or bfloat16.
template <typename Run>
auto with_type(c10::ScalarType dtype, const Run& run) {
  switch (dtype) {
    case c10::ScalarType::Float:
      return run(static_cast<float*>(nullptr));
    case c10::ScalarType::Half:
      return run(static_cast<__half*>(nullptr));
    default:
      return run(static_cast<__nv_bfloat16*>(nullptr));
  }
}

}  // namespace darkroom::kernels
