// SPDX-License-Identifier: Apache-2.0
// The interpolation points are 0, ±near, ±far and infinity.
#include <immintrin.h>

#include "core/kernels/winograd_block.h"

namespace darkroom::kernels {
namespace {

#define DARKROOM_INLINE inline __attribute__((always_inline))

constexpr int64_t lanes = 16;
constexpr int64_t row_block = 12;  // of the product: 24 registers of sums

constexpr float near = winograd_near;
constexpr float far = winograd_far;

DARKROOM_INLINE __m512 times_plus(float factor, __m512 a, __m512 b) { return _mm512_fmadd_ps(_mm512_set1_ps(factor), a, b); }
DARKROOM_INLINE __m512 times(float factor, __m512 a) { return _mm512_mul_ps(_mm512_set1_ps(factor), a); }

// Six pixels of a line of the patch -> their six combinations: the coefficients of x (x² - near²) (x² - far²) without one of its factors.
DARKROOM_INLINE void combine_pixels(const __m512* d, int64_t step, __m512* made, int64_t made_step) {
  constexpr float sum = near * near + far * far;
  constexpr float product = near * near * far * far;
  const __m512 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const __m512 near_even = times_plus(-far * far, d2, d4);
  const __m512 near_odd = times_plus(-far * far, d1, d3);
  const __m512 far_even = times_plus(-near * near, d2, d4);
  const __m512 far_odd = times_plus(-near * near, d1, d3);
  made[0] = times_plus(product, d0, times_plus(-sum, d2, d4));
  made[made_step] = times_plus(near, near_odd, near_even);
  made[2 * made_step] = times_plus(-near, near_odd, near_even);
  made[3 * made_step] = times_plus(far, far_odd, far_even);
  made[4 * made_step] = times_plus(-far, far_odd, far_even);
  made[5 * made_step] = times_plus(product, d1, times_plus(-sum, d3, d5));
}

// Six products -> four pixels: their sums with the powers of the points.
DARKROOM_INLINE void combine_products(const __m512* m, int64_t step, __m512* made, int64_t made_step) {
  const __m512 near_sum = _mm512_add_ps(m[step], m[2 * step]);
  const __m512 near_difference = _mm512_sub_ps(m[step], m[2 * step]);
  const __m512 far_sum = _mm512_add_ps(m[3 * step], m[4 * step]);
  const __m512 far_difference = _mm512_sub_ps(m[3 * step], m[4 * step]);
  made[0] = _mm512_add_ps(m[0], _mm512_add_ps(near_sum, far_sum));
  made[made_step] = times_plus(near, near_difference, times(far, far_difference));
  made[2 * made_step] = times_plus(near * near, near_sum, times(far * far, far_sum));
  made[3 * made_step] = times_plus(near * near * near, near_difference, times_plus(far * far * far, far_difference, m[5 * step]));
}

}  // namespace

void winograd_read(const WinogradPicture& picture, int64_t row, int64_t column, int64_t tile, float* values) {
  const float* pixels[winograd_positions];
  for (int64_t r = 0; r < winograd_patch; ++r) {
    for (int64_t s = 0; s < winograd_patch; ++s) {
      const int64_t y = row + r;
      const int64_t x = column + s;
      const bool inside = y >= 0 && y < picture.height && x >= 0 && x < picture.width;
      pixels[r * winograd_patch + s] = inside ? picture.pixels + (y * picture.width + x) * picture.channels : nullptr;
    }
  }
  for (int64_t c = 0; c < picture.channels; c += lanes) {
    __m512 patch[winograd_positions];
    __m512 half[winograd_positions];
    for (int64_t i = 0; i < winograd_positions; ++i) {
      patch[i] = pixels[i] != nullptr ? _mm512_loadu_ps(pixels[i] + c) : _mm512_setzero_ps();
    }
#pragma GCC unroll 6
    for (int64_t s = 0; s < winograd_patch; ++s) {
      combine_pixels(patch + s, winograd_patch, half + s, winograd_patch);
    }
#pragma GCC unroll 6
    for (int64_t r = 0; r < winograd_patch; ++r) {
      combine_pixels(half + r * winograd_patch, 1, patch + r * winograd_patch, 1);
    }
    for (int64_t i = 0; i < winograd_positions; ++i) {
      _mm512_storeu_ps(values + (i * winograd_tiles + tile) * picture.channels + c, patch[i]);
    }
  }
}

void winograd_multiply(const float* values, const float* weights, int64_t depth, float* products) {
  for (int64_t first = 0; first < winograd_tiles; first += row_block) {
    const float* const rows = values + first * depth;
    __m512 sum[row_block][2];
#pragma GCC unroll 12
    for (int64_t r = 0; r < row_block; ++r) {
      sum[r][0] = _mm512_setzero_ps();
      sum[r][1] = _mm512_setzero_ps();
    }
    for (int64_t k = 0; k < depth; ++k) {
      const __m512 left = _mm512_loadu_ps(weights + k * winograd_panel);
      const __m512 right = _mm512_loadu_ps(weights + k * winograd_panel + lanes);
#pragma GCC unroll 12
      for (int64_t r = 0; r < row_block; ++r) {
        const __m512 value = _mm512_set1_ps(rows[r * depth + k]);
        sum[r][0] = _mm512_fmadd_ps(value, left, sum[r][0]);
        sum[r][1] = _mm512_fmadd_ps(value, right, sum[r][1]);
      }
    }
#pragma GCC unroll 12
    for (int64_t r = 0; r < row_block; ++r) {
      _mm512_storeu_ps(products + (first + r) * winograd_panel, sum[r][0]);
      _mm512_storeu_ps(products + (first + r) * winograd_panel + lanes, sum[r][1]);
    }
  }
}

void winograd_write(const float* products, int64_t tile, const WinogradTarget& target) {
  for (int64_t c = 0; c < winograd_panel; c += lanes) {
    __m512 given[winograd_positions];
    __m512 half[winograd_side * winograd_patch];
    __m512 pixels[winograd_side * winograd_side];
    for (int64_t i = 0; i < winograd_positions; ++i) {
      given[i] = _mm512_loadu_ps(products + (i * winograd_tiles + tile) * winograd_panel + c);
    }
#pragma GCC unroll 6
    for (int64_t s = 0; s < winograd_patch; ++s) {
      combine_products(given + s, winograd_patch, half + s, winograd_patch);
    }
#pragma GCC unroll 4
    for (int64_t r = 0; r < winograd_side; ++r) {
      combine_products(half + r * winograd_patch, 1, pixels + r * winograd_side, 1);
    }
    const __m512 bias = _mm512_loadu_ps(target.bias + c);
    for (int64_t r = 0; r < target.rows; ++r) {
      for (int64_t s = 0; s < target.columns; ++s) {
        const int64_t at = (r * target.width + s) * target.channels + c;
        __m512 value = _mm512_add_ps(pixels[r * winograd_side + s], bias);
        if (target.residual != nullptr) {
          value = _mm512_add_ps(value, _mm512_loadu_ps(target.residual + at));
        }
        _mm512_storeu_ps(target.out + at, value);
      }
    }
  }
}

}  // namespace darkroom::kernels
