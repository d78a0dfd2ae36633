// SPDX-License-Identifier: Apache-2.0
// erf as x P(x²)/Q(x²) on [-4, 4] (the rational fit that Eigen and XLA use): no branch and no exponential, so that it vectorises.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "core/kernels/float_access.h"
#include "core/kernels/geglu_backends.h"

namespace darkroom::kernels {
namespace {

inline __attribute__((always_inline)) float fast_erf(float x) {
  const float t = std::min(std::max(x, -4.0F), 4.0F);
  const float s = t * t;
  float p = -2.72614225801306e-10F;
  p = p * s + 2.77068142495902e-08F;
  p = p * s - 2.10102402082508e-06F;
  p = p * s - 5.69250639462346e-05F;
  p = p * s - 7.34990630326855e-04F;
  p = p * s - 2.95459980854025e-03F;
  p = p * s - 1.60960333262415e-02F;
  float q = -1.45660718464996e-05F;
  q = q * s - 2.13374055278905e-04F;
  q = q * s - 1.68282697438203e-03F;
  q = q * s - 7.37332916720468e-03F;
  q = q * s - 1.42647390514189e-02F;
  const float inside = t * p / q;
  return x >= 4.0F ? 1.0F : x <= -4.0F ? -1.0F : inside;
}

template <typename T>
inline __attribute__((always_inline)) void geglu_range(const T* __restrict x, T* __restrict y, int64_t rows, int64_t width) {
  constexpr float root_half = 0.707106781F;
  for (int64_t row = 0; row < rows; ++row) {
    const T* a = x + row * 2 * width;
    const T* b = a + width;
    for (int64_t i = 0; i < width; ++i) {
      const float gate = load(b[i]);
      store(load(a[i]) * (0.5F * gate * (1.0F + fast_erf(gate * root_half))), y[row * width + i]);
    }
  }
}

// One entry a dtype, since a template cannot be cloned for instruction sets.
DARKROOM_CLONES void geglu_fp32(const float* x, float* y, int64_t rows, int64_t width) { geglu_range(x, y, rows, width); }
DARKROOM_CLONES void geglu_bf16(const uint16_t* x, uint16_t* y, int64_t rows, int64_t width) { geglu_range(x, y, rows, width); }

}  // namespace

void geglu_rows(const torch::Tensor& x, torch::Tensor& y, int64_t rows, int64_t width) {
  constexpr int64_t grain = 16384;  // elements worth a thread
  const bool fp32 = x.scalar_type() == at::kFloat;
  const void* from = x.const_data_ptr();
  void* to = y.mutable_data_ptr();
  at::parallel_for(0, rows, std::max<int64_t>(1, grain / width), [&](int64_t first, int64_t last) {
    if (fp32) {
      geglu_fp32(static_cast<const float*>(from) + first * 2 * width, static_cast<float*>(to) + first * width, last - first, width);
    } else {
      geglu_bf16(static_cast<const uint16_t*>(from) + first * 2 * width, static_cast<uint16_t*>(to) + first * width, last - first, width);
    }
  });
}

}  // namespace darkroom::kernels
