// SPDX-License-Identifier: Apache-2.0
// Both products are C[rows,n] += A[rows,k] B[k,n] with up to 24 registers of sums: a broadcast of A meets 1 to 4 registers of B. The
// scores' base is 2, with log2(e) in the scale, so that the exponential is a polynomial and one scalef.
#include <immintrin.h>

#include "core/kernels/attention_block.h"

namespace darkroom::kernels {
namespace {

#define DARKROOM_INLINE inline __attribute__((always_inline))

constexpr int64_t lanes = 16;

struct Fp32 {
  using Element = float;
  static DARKROOM_INLINE __m512 multiply_add(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};

struct Bf16 {
  using Element = uint16_t;
  static DARKROOM_INLINE __m512 multiply_add(__m512 sum, __m512 a, __m512 b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
};

enum class Sums { fresh, continued };

struct Factor {
  const float* at;
  int64_t stride;  ///< units from one row to the next
};

// Rows x Vectors registers of sums over `depth` units.
template <typename Kind, int Rows, int Vectors>
DARKROOM_INLINE void multiply_tile(Factor a, Factor b, int64_t depth, float* c, int64_t c_stride, Sums sums) {
  __m512 sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = sums == Sums::fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(c + r * c_stride + v * lanes);
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    __m512 row[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      row[v] = _mm512_loadu_ps(b.at + k * b.stride + v * lanes);
    }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const __m512 value = _mm512_set1_ps(a.at[r * a.stride + k]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) {
        sum[r][v] = Kind::multiply_add(sum[r][v], value, row[v]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      _mm512_storeu_ps(c + r * c_stride + v * lanes, sum[r][v]);
    }
  }
}

// All rows of a block (a multiple of Rows is written: the scratch has room for 48) times Vectors registers of columns.
template <typename Kind, int Rows, int Vectors>
void multiply_rows(Factor a, Factor b, int64_t depth, float* c, int64_t c_stride, int64_t rows, Sums sums) {
  for (int64_t r = 0; r < rows; r += Rows) {
    multiply_tile<Kind, Rows, Vectors>({a.at + r * a.stride, a.stride}, b, depth, c + r * c_stride, c_stride, sums);
  }
}

template <typename Kind>
void multiply_columns(int64_t vectors, Factor a, Factor b, int64_t depth, float* c, int64_t c_stride, int64_t rows, Sums sums) {
  switch (vectors) {
    case 1:
      return multiply_rows<Kind, 12, 1>(a, b, depth, c, c_stride, rows, sums);
    case 2:
      return multiply_rows<Kind, 12, 2>(a, b, depth, c, c_stride, rows, sums);
    case 3:
      return multiply_rows<Kind, 8, 3>(a, b, depth, c, c_stride, rows, sums);
    default:
      return multiply_rows<Kind, 6, 4>(a, b, depth, c, c_stride, rows, sums);
  }
}

// Registers of the next column tile of `left` registers: 3 where that leaves no narrow rest, else 4.
int64_t column_tile(int64_t left) { return left % 4 == 0 ? 4 : left >= 3 ? 3 : left; }

// 2^x for x <= 0, within 2 ulp; at most 2^-126 below that.
DARKROOM_INLINE __m512 power_of_2(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-126.0F));
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 f = _mm512_sub_ps(x, whole);
  __m512 p = _mm512_set1_ps(1.5403530e-4F);  // ln(2)^n / n!
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.3333558e-3F));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.6181291e-3F));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5504109e-2F));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1F));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1F));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F));
  return _mm512_scalef_ps(p, whole);
}

DARKROOM_INLINE __mmask16 lanes_below(int64_t count) {
  return count >= lanes ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1U << count) - 1U);
}

DARKROOM_INLINE void store_weights(Fp32 /*kind*/, float* row, int64_t at, __m512 p) { _mm512_storeu_ps(row + at, p); }
DARKROOM_INLINE void store_weights(Bf16 /*kind*/, float* row, int64_t at, __m512 p) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(reinterpret_cast<uint16_t*>(row) + at), (__m256i)_mm512_cvtneps_pbh(p));
}

// What the running softmax knows of a query.
struct Running {
  float maximum[attention_query_rows];  ///< of the scaled scores
  float sum[attention_query_rows];
};

// Scores of one row and block of keys -> 2^(score - maximum), the sum, and the older sums brought to the new maximum.
template <typename Kind>
DARKROOM_INLINE void weigh_row(float* scores, float* weights, int64_t keys, float scale, float* sums, int64_t sums_width, bool first,
                               float& maximum, float& sum) {
  __m512 high = _mm512_set1_ps(-__builtin_huge_valf());
  for (int64_t j = 0; j < keys; j += lanes) {
    high = _mm512_mask_max_ps(high, lanes_below(keys - j), high, _mm512_loadu_ps(scores + j));
  }
  float top = _mm512_reduce_max_ps(high) * scale;
  if (!first) {
    top = top > maximum ? top : maximum;
    const float fade = _mm512_cvtss_f32(power_of_2(_mm512_set1_ps(maximum - top)));
    if (fade != 1.0F) {
      sum *= fade;
      for (int64_t n = 0; n < sums_width; n += lanes) {
        _mm512_storeu_ps(sums + n, _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(fade)));
      }
    }
  }
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512 shift = _mm512_set1_ps(top);
  __m512 total = _mm512_setzero_ps();
  for (int64_t j = 0; j < keys; j += lanes) {
    const __m512 p = _mm512_maskz_mov_ps(lanes_below(keys - j), power_of_2(_mm512_fmsub_ps(_mm512_loadu_ps(scores + j), factor, shift)));
    total = _mm512_add_ps(total, p);
    store_weights(Kind{}, weights, j, p);
  }
  maximum = top;
  sum = (first ? 0.0F : sum) + _mm512_reduce_add_ps(total);
}

DARKROOM_INLINE void store_row(const float* sums, int64_t width, float inverse, float* out) {
  for (int64_t n = 0; n < width; n += lanes) {
    _mm512_mask_storeu_ps(out + n, lanes_below(width - n), _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(inverse)));
  }
}
DARKROOM_INLINE void store_row(const float* sums, int64_t width, float inverse, uint16_t* out) {
  for (int64_t n = 0; n < width; n += lanes) {
    const __m512 values = _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(inverse));
    _mm256_mask_storeu_epi16(out + n, lanes_below(width - n), (__m256i)_mm512_cvtneps_pbh(values));
  }
}

template <typename Kind>
void attention_block(const AttentionHead& head, const typename Kind::Element* queries, int64_t stride, int64_t rows,
                     typename Kind::Element* out, int64_t out_stride, const AttentionScratch& scratch) {
  using Element = typename Kind::Element;
  constexpr int64_t packed = 4 / static_cast<int64_t>(sizeof(Element));  // elements a unit
  const int64_t units = head.width / packed;
  const int64_t wide = round_up(head.width, lanes);
  for (int64_t r = 0; r < attention_query_rows; ++r) {
    auto* row = reinterpret_cast<Element*>(scratch.queries + r * units);
    for (int64_t e = 0; e < head.width; ++e) {
      row[e] = r < rows ? queries[r * stride + e] : Element{0};
    }
  }
  float* weights = packed == 1 ? scratch.scores : scratch.weights;
  const int64_t weight_row = attention_score_row / packed;
  Running running;
  const auto* keys = static_cast<const float*>(head.keys);
  const auto* values = static_cast<const float*>(head.values);
  for (int64_t first = 0; first < head.key_count; first += attention_key_block) {
    const int64_t count = head.key_count - first < attention_key_block ? head.key_count - first : attention_key_block;
    for (int64_t j = 0; j < count; j += attention_panel) {
      const int64_t panel = round_up(count - j < attention_panel ? count - j : attention_panel, lanes);
      multiply_columns<Kind>(panel / lanes, {scratch.queries, units}, {keys + (first + j) * units, panel}, units, scratch.scores + j,
                             attention_score_row, rows, Sums::fresh);
    }
    for (int64_t r = 0; r < rows; ++r) {
      weigh_row<Kind>(scratch.scores + r * attention_score_row, weights + r * weight_row, count, head.log2_scale, scratch.sums + r * wide,
                      wide, first == 0, running.maximum[r], running.sum[r]);
    }
    const int64_t depth = (count + packed - 1) / packed;
    for (int64_t n = 0; n < wide / lanes;) {
      const int64_t vectors = column_tile(wide / lanes - n);
      multiply_columns<Kind>(vectors, {weights, weight_row}, {values + first / packed * wide + n * lanes, wide}, depth,
                             scratch.sums + n * lanes, wide, rows, first == 0 ? Sums::fresh : Sums::continued);
      n += vectors;
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    store_row(scratch.sums + r * wide, head.width, 1.0F / running.sum[r], out + r * out_stride);
  }
}

}  // namespace

void pack_attention_keys(const void* keys, int64_t stride, int64_t count, int64_t units, void* packed) {
  const auto* from = static_cast<const uint32_t*>(keys);
  auto* to = static_cast<uint32_t*>(packed);
  for (int64_t first = 0; first < count; first += attention_panel) {
    const int64_t real = count - first < attention_panel ? count - first : attention_panel;
    const int64_t panel = round_up(real, lanes);
    for (int64_t k = 0; k < units; ++k) {
      for (int64_t j = 0; j < panel; ++j) {
        to[k * panel + j] = j < real ? from[(first + j) * stride + k] : 0;
      }
    }
    to += units * panel;
  }
}

void pack_attention_values_fp32(const float* values, int64_t stride, int64_t count, int64_t width, float* packed) {
  const int64_t wide = round_up(width, lanes);
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t n = 0; n < wide; ++n) {
      packed[j * wide + n] = n < width ? values[j * stride + n] : 0.0F;
    }
  }
}

void pack_attention_values_bf16(const uint16_t* values, int64_t stride, int64_t count, int64_t width, uint16_t* packed) {
  const int64_t wide = round_up(width, lanes);
  for (int64_t j = 0; j < round_up(count, 2); ++j) {
    uint16_t* pair = packed + j / 2 * 2 * wide + j % 2;
    for (int64_t n = 0; n < wide; ++n) {
      pair[2 * n] = n < width && j < count ? values[j * stride + n] : uint16_t{0};
    }
  }
}

void attention_block_fp32(const AttentionHead& head, const float* queries, int64_t stride, int64_t rows, float* out, int64_t out_stride,
                          const AttentionScratch& scratch) {
  attention_block<Fp32>(head, queries, stride, rows, out, out_stride, scratch);
}

void attention_block_bf16(const AttentionHead& head, const uint16_t* queries, int64_t stride, int64_t rows, uint16_t* out,
                          int64_t out_stride, const AttentionScratch& scratch) {
  attention_block<Bf16>(head, queries, stride, rows, out, out_stride, scratch);
}

}  // namespace darkroom::kernels
