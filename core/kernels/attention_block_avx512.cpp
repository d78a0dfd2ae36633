// SPDX-License-Identifier: Apache-2.0
// The scores' base is 2, with log2(e) in the scale, so that the exponential is a polynomial and one scalef. Both products are C[rows,n] +=
// A[rows,k] B[k,n] with up to 24 registers of sums: a broadcast of A meets 1 to 4 registers of B. Packed keys are [ceil(S/64)][units of
// E][64 or the rest rounded up to 16] units; values are float32 [S][E16] or bfloat16 [ceil(S/2)][E16][2].
#include "core/kernels/attention_block.h"
#include "core/kernels/avx512_vectors.h"

namespace darkroom::kernels {
namespace {

constexpr int64_t query_rows = 48;  // of a block
constexpr int64_t key_block = 256;
constexpr int64_t score_row = 272;  // floats from one row of scores to the next: not a power of two, for the cache's sets
constexpr int64_t panel_keys = 64;  // side by side in a panel of packed keys

// The memory of one block. E16 is E rounded up to 16.
struct Scratch {
  float* queries;  // [48][units of E], zero in rows that the block does not have
  float* scores;   // [48][score_row]
  float* weights;  // bfloat16 only: [48][score_row / 2] units
  float* sums;     // [48][E16]

  Scratch(void* memory, int64_t width)
      : queries(static_cast<float*>(memory)),
        scores(queries + query_rows * round_up(width, lanes)),
        weights(scores + query_rows * score_row),
        sums(weights + query_rows * score_row / 2) {}
  static int64_t bytes(int64_t width) { return (query_rows * 2 * round_up(width, lanes) + query_rows * score_row * 3 / 2) * 4; }
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

// What both dtypes share. packed: elements of a unit
template <typename Kind, int64_t packed>
struct Avx512Products {
  template <typename Element>
  static void read_queries(const AttentionHead& head, const Element* queries, int64_t stride, int64_t rows, const Scratch& scratch) {
    for (int64_t r = 0; r < query_rows; ++r) {
      auto* const row = reinterpret_cast<Element*>(scratch.queries) + r * head.width;
      for (int64_t e = 0; e < head.width; ++e) {
        row[e] = r < rows ? queries[r * stride + e] : Element{0};
      }
    }
  }

  static void score(const AttentionHead& head, const Scratch& scratch, int64_t rows, int64_t key, int64_t panel, float* scores) {
    const int64_t units = head.width / packed;
    multiply_columns<Kind>(panel / lanes, {scratch.queries, units}, {static_cast<const float*>(head.keys) + key * units, panel}, units,
                           scores, score_row, rows, Sums::fresh);
  }

  static void add_values(const AttentionHead& head, const Scratch& scratch, int64_t rows, int64_t first, int64_t count, bool fresh) {
    const int64_t wide = round_up(head.width, lanes);
    const int64_t depth = (count + packed - 1) / packed;
    const auto* const weights = reinterpret_cast<const float*>(Kind::weights(scratch));
    const float* const values = static_cast<const float*>(head.values) + first / packed * wide;
    for (int64_t n = 0; n < wide / lanes;) {
      const int64_t vectors = column_tile(wide / lanes - n);
      multiply_columns<Kind>(vectors, {weights, score_row / packed}, {values + n * lanes, wide}, depth, scratch.sums + n * lanes, wide,
                             rows, fresh ? Sums::fresh : Sums::continued);
      n += vectors;
    }
  }
};

struct Fp32 : Avx512Products<Fp32, 1> {
  using Element = float;
  static constexpr Exactness exactness = Exactness::fp32;
  static float* weights(const Scratch& scratch) { return scratch.scores; }
  static DARKROOM_INLINE void store_weights(float* row, int64_t at, __m512 p) { _mm512_storeu_ps(row + at, p); }
  static DARKROOM_INLINE __m512 multiply_add(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};

struct Bf16 : Avx512Products<Bf16, 2> {
  using Element = uint16_t;
  static constexpr Exactness exactness = Exactness::bf16;
  static uint16_t* weights(const Scratch& scratch) { return reinterpret_cast<uint16_t*>(scratch.weights); }
  static DARKROOM_INLINE void store_weights(uint16_t* row, int64_t at, __m512 p) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + at), to_bf16(p));
  }
  static DARKROOM_INLINE __m512 multiply_add(__m512 sum, __m512 a, __m512 b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
};

// What the running softmax knows of a query.
struct Running {
  float maximum[query_rows];  ///< of the scaled scores
  __m512 sum[query_rows];     ///< in sixteen parts
};

// Scores of one row and block of keys -> 2^(score - maximum), the sum, and the older sums brought to the new maximum.
template <typename Kind>
DARKROOM_INLINE void weigh_row(const float* scores, typename Kind::Element* weights, int64_t keys, float scale, float* sums,
                               int64_t sums_width, bool first, float& maximum, __m512& sum) {
  // Four of each, since one would wait for itself.
  const __m512 lowest = _mm512_set1_ps(-__builtin_huge_valf());
  __m512 high[4] = {lowest, lowest, lowest, lowest};
  int64_t j = 0;
  for (; j + 4 * lanes <= keys; j += 4 * lanes) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      high[i] = _mm512_max_ps(high[i], _mm512_loadu_ps(scores + j + i * lanes));
    }
  }
  for (; j < keys; j += lanes) {
    high[0] = _mm512_mask_max_ps(high[0], lanes_below(keys - j), high[0], _mm512_loadu_ps(scores + j));
  }
  float top = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(high[0], high[1]), _mm512_max_ps(high[2], high[3]))) * scale;
  if (!first) {
    top = top > maximum ? top : maximum;
    const float fade = _mm512_cvtss_f32(power_of_2<Kind::exactness>(_mm512_set1_ps(maximum - top)));
    if (top != maximum) {
      sum = _mm512_mul_ps(sum, _mm512_set1_ps(fade));
      for (int64_t n = 0; n < sums_width; n += lanes) {
        _mm512_storeu_ps(sums + n, _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(fade)));
      }
    }
  }
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512 shift = _mm512_set1_ps(top);
  __m512 total[4] = {};
  for (j = 0; j + 4 * lanes <= keys; j += 4 * lanes) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512 p = power_of_2<Kind::exactness>(_mm512_fmsub_ps(_mm512_loadu_ps(scores + j + i * lanes), factor, shift));
      total[i] = _mm512_add_ps(total[i], p);
      Kind::store_weights(weights, j + i * lanes, p);
    }
  }
  for (; j < keys; j += lanes) {
    const __m512 x = _mm512_fmsub_ps(_mm512_loadu_ps(scores + j), factor, shift);
    const __m512 p = _mm512_maskz_mov_ps(lanes_below(keys - j), power_of_2<Kind::exactness>(x));
    total[0] = _mm512_add_ps(total[0], p);
    Kind::store_weights(weights, j, p);
  }
  maximum = top;
  const __m512 here = _mm512_add_ps(_mm512_add_ps(total[0], total[1]), _mm512_add_ps(total[2], total[3]));
  sum = first ? here : _mm512_add_ps(sum, here);
}

DARKROOM_INLINE void store_row(const float* sums, int64_t width, float inverse, float* out) {
  for (int64_t n = 0; n < width; n += lanes) {
    _mm512_mask_storeu_ps(out + n, lanes_below(width - n), _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(inverse)));
  }
}
DARKROOM_INLINE void store_row(const float* sums, int64_t width, float inverse, uint16_t* out) {
  for (int64_t n = 0; n < width; n += lanes) {
    const __m512 values = _mm512_mul_ps(_mm512_loadu_ps(sums + n), _mm512_set1_ps(inverse));
    _mm256_mask_storeu_epi16(out + n, lanes_below(width - n), to_bf16(values));
  }
}

template <typename Kind>
void attention_block(const AttentionHead& head, const typename Kind::Element* queries, int64_t stride, int64_t rows,
                     typename Kind::Element* out, int64_t out_stride, const Scratch& scratch) {
  const int64_t wide = round_up(head.width, lanes);
  auto* const weights = Kind::weights(scratch);
  Running running;
  Kind::read_queries(head, queries, stride, rows, scratch);
  for (int64_t first = 0; first < head.key_count; first += key_block) {
    const int64_t count = head.key_count - first < key_block ? head.key_count - first : key_block;
    for (int64_t j = 0; j < count; j += panel_keys) {
      const int64_t panel = round_up(count - j < panel_keys ? count - j : panel_keys, lanes);
      Kind::score(head, scratch, rows, first + j, panel, scratch.scores + j);
    }
    for (int64_t r = 0; r < rows; ++r) {
      weigh_row<Kind>(scratch.scores + r * score_row, weights + r * score_row, count, head.log2_scale, scratch.sums + r * wide, wide,
                      first == 0, running.maximum[r], running.sum[r]);
    }
    Kind::add_values(head, scratch, rows, first, count, first == 0);
  }
  for (int64_t r = 0; r < rows; ++r) {
    store_row(scratch.sums + r * wide, head.width, 1.0F / _mm512_reduce_add_ps(running.sum[r]), out + r * out_stride);
  }
}

template <int64_t packed>
void pack_keys(const void* keys, int64_t stride, int64_t count, int64_t width, void* made) {
  const auto* const from = static_cast<const uint32_t*>(keys);
  auto* to = static_cast<uint32_t*>(made);
  const int64_t units = width / packed;
  for (int64_t first = 0; first < count; first += panel_keys) {
    const int64_t real = count - first < panel_keys ? count - first : panel_keys;
    const int64_t panel = round_up(real, lanes);
    for (int64_t k = 0; k < units; ++k) {
      for (int64_t j = 0; j < panel; ++j) {
        to[k * panel + j] = j < real ? from[(first + j) * (stride / packed) + k] : 0;
      }
    }
    to += units * panel;
  }
}

void pack_values_fp32(const void* values, int64_t stride, int64_t count, int64_t width, void* made) {
  const int64_t wide = round_up(width, lanes);
  for (int64_t j = 0; j < count; ++j) {
    const float* const row = static_cast<const float*>(values) + j * stride;
    for (int64_t n = 0; n < wide; ++n) {
      static_cast<float*>(made)[j * wide + n] = n < width ? row[n] : 0.0F;
    }
  }
}

void pack_values_bf16(const void* values, int64_t stride, int64_t count, int64_t width, void* made) {
  const int64_t wide = round_up(width, lanes);
  for (int64_t j = 0; j < round_up(count, 2); ++j) {
    const uint16_t* const row = static_cast<const uint16_t*>(values) + j * stride;
    uint16_t* const pair = static_cast<uint16_t*>(made) + j / 2 * 2 * wide + j % 2;
    for (int64_t n = 0; n < wide; ++n) {
      pair[2 * n] = n < width && j < count ? row[n] : uint16_t{0};
    }
  }
}

template <typename Kind>
void run_block(const AttentionHead& head, const void* queries, int64_t stride, int64_t rows, void* out, int64_t out_stride, void* memory) {
  using Element = typename Kind::Element;
  attention_block<Kind>(head, static_cast<const Element*>(queries), stride, rows, static_cast<Element*>(out), out_stride,
                        Scratch(memory, head.width));
}

template <typename Kind>
constexpr AttentionLoops loops_of(void (*pack_keys)(const void*, int64_t, int64_t, int64_t, void*),
                                  void (*pack_values)(const void*, int64_t, int64_t, int64_t, void*)) {
  constexpr auto element = static_cast<int64_t>(sizeof(typename Kind::Element));
  return {.query_rows = query_rows,
          .key_bytes = [](int64_t count, int64_t width) { return round_up(count, lanes) * width * element; },
          .value_bytes = [](int64_t count, int64_t width) { return round_up(count, 2) * round_up(width, lanes) * element; },
          .scratch_bytes = Scratch::bytes,
          .pack_keys = pack_keys,
          .pack_values = pack_values,
          .run_block = run_block<Kind>};
}

}  // namespace

const AttentionLoops attention_avx512_fp32 = loops_of<Fp32>(pack_keys<1>, pack_values_fp32);
const AttentionLoops attention_avx512_bf16 = loops_of<Bf16>(pack_keys<2>, pack_values_bf16);

}  // namespace darkroom::kernels
