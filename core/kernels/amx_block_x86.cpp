// SPDX-License-Identifier: Apache-2.0
// Tiles 0 to 3 are the sums, 4 and 5 of the left factor, 6 and 7 of the right.
#include "core/kernels/amx_block.h"

#include "core/kernels/amx_tiles.h"
#include "core/kernels/avx512_vectors.h"

namespace darkroom::kernels {
namespace {

constexpr int64_t row_bytes = 64;

// Loads two tiles of weights, and multiplies the left one with each while the next is on its way.
template <int First, int Second, int Left>
DARKROOM_INLINE void multiply_right(const uint16_t* weights) {
  load_tile<6>(weights, row_bytes);
  multiply_tiles<First, Left, 6>();
  load_tile<7>(weights + amx_tile, row_bytes);
  multiply_tiles<Second, Left, 7>();
}

DARKROOM_INLINE void store_transposed(__m512i* rows, uint16_t* tile) {
  transpose(rows);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    _mm512_storeu_si512(tile + 2 * lanes * i, rows[i]);
  }
}

}  // namespace

void amx_begin() { take_tiles(); }
void amx_end() { release_tiles(); }

void amx_multiply(const AmxRows& upper, const AmxRows& lower, int64_t step_stride, int64_t first, const AmxWeights& weights, int64_t steps,
                  float* sums, bool fresh) {
  begin_sums<true>(sums, fresh);
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t at = first + step * step_stride;
    const uint16_t* const high = weights.at + step * weights.step_stride;
    const auto* const ahead = reinterpret_cast<const char*>(weights.ahead + step * weights.step_stride);
    for (int64_t line = 0; line < weights.ahead_lines; ++line) {
      _mm_prefetch(ahead + line * row_bytes, _MM_HINT_T1);
    }
    load_tile<4>(upper.low + at, row_bytes);
    multiply_right<0, 1, 4>(high);
    load_tile<5>(lower.low + at, row_bytes);
    multiply_tiles<2, 5, 6>();
    multiply_tiles<3, 5, 7>();
    load_tile<4>(upper.high + at, row_bytes);
    multiply_tiles<0, 4, 6>();
    multiply_tiles<1, 4, 7>();
    load_tile<5>(lower.high + at, row_bytes);
    multiply_tiles<2, 5, 6>();
    multiply_tiles<3, 5, 7>();
    multiply_right<0, 1, 4>(high + 2 * amx_tile);
    multiply_tiles<2, 5, 6>();
    multiply_tiles<3, 5, 7>();
  }
  store_sums<true>(sums);
}

void amx_split(const float* values, int64_t steps, int64_t step_stride, uint16_t* high, uint16_t* low) {
  for (int64_t step = 0; step < steps; ++step) {
    const __m512 left = _mm512_loadu_ps(values + step * amx_step), right = _mm512_loadu_ps(values + step * amx_step + lanes);
    const __m512i near = round_two(left, right);
    _mm512_storeu_si512(high + step * step_stride, near);
    _mm512_storeu_si512(low + step * step_stride, rest_of_two(left, right, near));
  }
}

void amx_pack_tile(const float* values, int64_t row_stride, int64_t stride, uint16_t* high, uint16_t* low) {
  const __m512i every = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                           _mm512_set1_epi32(static_cast<int>(stride)));
  __m512i rows[16];
  __m512i low_rows[16];
  for (int row = 0; row < 16; ++row) {
    const float* const at = values + row * row_stride;
    const __m512 left = stride == 1 ? _mm512_loadu_ps(at) : _mm512_i32gather_ps(every, at, 4);
    const __m512 right = stride == 1 ? _mm512_loadu_ps(at + lanes) : _mm512_i32gather_ps(every, at + lanes * stride, 4);
    rows[row] = round_two(left, right);
    low_rows[row] = rest_of_two(left, right, rows[row]);
  }
  store_transposed(rows, high);
  store_transposed(low_rows, low);
}

void amx_write(const float* sums, const float* bias, const float* residual, float* out) {
  for (int64_t i = 0; i < amx_panel; i += lanes) {
    __m512 value = _mm512_loadu_ps(sums + i);
    if (bias != nullptr) {
      value = _mm512_add_ps(value, _mm512_loadu_ps(bias + i));
    }
    if (residual != nullptr) {
      value = _mm512_add_ps(value, _mm512_loadu_ps(residual + i));
    }
    _mm512_storeu_ps(out + i, value);
  }
}

}  // namespace darkroom::kernels
