// SPDX-License-Identifier: Apache-2.0
// What the loops that are compiled for AVX-512 share; nobody else includes this. The functions are unnamed, since an inline function that
// is compiled for AVX-512 in one file may be the one that the linker keeps for all.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace darkroom::kernels {

inline constexpr int64_t lanes = 16;  ///< float32 of a register

namespace {

#define DARKROOM_INLINE inline __attribute__((always_inline))

DARKROOM_INLINE __mmask16 lanes_below(int64_t count) {
  return count >= lanes ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1U << count) - 1U);
}

DARKROOM_INLINE __m256i to_bf16(__m512 values) { return (__m256i)_mm512_cvtneps_pbh(values); }
DARKROOM_INLINE __m512 to_fp32(__m256i values) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16)); }

/// 32 bfloat16 next to two registers, in their order.
DARKROOM_INLINE __m512i round_two(__m512 first, __m512 second) { return (__m512i)_mm512_cvtne2ps_pbh(second, first); }
/// What is left of two registers that round_two made `rounded` of, likewise.
DARKROOM_INLINE __m512i rest_of_two(__m512 first, __m512 second, __m512i rounded) {
  return round_two(_mm512_sub_ps(first, to_fp32(_mm512_castsi512_si256(rounded))),
                   _mm512_sub_ps(second, to_fp32(_mm512_extracti64x4_epi64(rounded, 1))));
}

/// How near 2^x is.
enum class Exactness {
  fp32,  ///< within 1e-7
  bf16,  ///< within 1e-4: a twentieth of what rounding to bfloat16 may cost
};

// 2^x for x <= 0, at least 2^-126: smaller numbers would be slow. 2^floor(x) times the polynomial for 2^f, 0 <= f < 1, whose largest
// relative error is the least.
template <Exactness exactness>
DARKROOM_INLINE __m512 power_of_2(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-126.0F));
  const __m512 f = _mm512_reduce_ps(x, 0x01 | _MM_FROUND_NO_EXC);  // x - floor(x)
  __m512 p;
  if constexpr (exactness == Exactness::fp32) {
    p = _mm512_set1_ps(1.87757667e-3F);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(8.98934009e-3F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.58263181e-2F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.40153617e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.93153073e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.99999925e-1F));
  } else {
    p = _mm512_set1_ps(7.80245227e-2F);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.26067155e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.95833541e-1F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.99925219e-1F));
  }
  return _mm512_scalef_ps(p, x);
}

// 16 rows of 16 units of 4 bytes -> 16 columns.
DARKROOM_INLINE void transpose(__m512i* rows) {
  __m512i pairs[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    pairs[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  __m512i quads[16];  // [4 i + j]: units j of each 128-bit lane, of rows 4 i … 4 i + 3
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    quads[4 * i] = _mm512_unpacklo_epi64(pairs[4 * i], pairs[4 * i + 2]);
    quads[4 * i + 1] = _mm512_unpackhi_epi64(pairs[4 * i], pairs[4 * i + 2]);
    quads[4 * i + 2] = _mm512_unpacklo_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
    quads[4 * i + 3] = _mm512_unpackhi_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x88);  // lanes 0 and 2
    const __m512i low_odd = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xDD);   // lanes 1 and 3
    const __m512i high_even = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x88);
    const __m512i high_odd = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xDD);
    rows[j] = _mm512_shuffle_i32x4(low_even, high_even, 0x88);
    rows[4 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(low_even, high_even, 0xDD);
    rows[12 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0xDD);
  }
}

}  // namespace
}  // namespace darkroom::kernels
