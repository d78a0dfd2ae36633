// SPDX-License-Identifier: Apache-2.0
// The matrix unit computes both products transposed: scores are [keys][queries], so that 16 queries stand side by side in a vector
// register, and their maxima and sums need nothing but whole registers. A block is 32 queries, two tiles, over 128 keys at a time; its
// scores and weights stay in the first-level cache. E32 is E rounded up to 32. Packed keys are tiles [ceil(S/16)][planes][E32/32][16
// keys][32], values tiles [ceil(S/32)][planes][ceil(E/16)][16 of E][32 keys]; two planes of bfloat16 where float32 is split as in amx.h, of
// whose four products three are summed. Tiles: 0 to 3 sums, 4 and 5 the left factor, 6 and 7 the right one.
#include "core/kernels/attention_block.h"
#include "core/kernels/attention_tiles.h"
#include "core/kernels/avx512_vectors.h"

namespace darkroom::kernels {
namespace {

// How each dtype becomes planes of bfloat16.
struct AmxBf16 {
  using Element = uint16_t;
  static constexpr Exactness exactness = Exactness::bf16;
  static constexpr int64_t planes = 1;

  static DARKROOM_INLINE __m512 read(const uint16_t* from, int64_t count) {
    return to_fp32(_mm256_maskz_loadu_epi16(lanes_below(count), from));
  }
  static DARKROOM_INLINE void write(uint16_t* to, int64_t count, __m512 values) {
    _mm256_mask_storeu_epi16(to, lanes_below(count), to_bf16(values));
  }
};

struct AmxFp32 {
  using Element = float;
  static constexpr Exactness exactness = Exactness::fp32;
  static constexpr int64_t planes = 2;

  static DARKROOM_INLINE __m512 read(const float* from, int64_t count) { return _mm512_maskz_loadu_ps(lanes_below(count), from); }
  static DARKROOM_INLINE void write(float* to, int64_t count, __m512 values) { _mm512_mask_storeu_ps(to, lanes_below(count), values); }
};

template <int64_t planes>
DARKROOM_INLINE void write_amx_row(__m512 first, __m512 second, uint16_t* to, int64_t plane) {
  const __m512i high = round_two(first, second);
  _mm512_storeu_si512(to, high);
  if constexpr (planes == 2) {
    _mm512_storeu_si512(to + plane, rest_of_two(first, second, high));
  }
}

// Two registers of 16 lanes -> 16 pairs, one of each.
template <int64_t planes>
DARKROOM_INLINE void write_pairs(__m512 first, __m512 second, uint16_t* to, int64_t plane) {
  const __m512i turn = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18,
                                        2, 17, 1, 16, 0);
  const __m512i high = round_two(first, second);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(turn, high));
  if constexpr (planes == 2) {
    const __m512i low = rest_of_two(first, second, high);
    _mm512_storeu_si512(to + plane, _mm512_permutexvar_epi16(turn, low));
  }
}

// The memory of one group of a block, for E of one width. Scores and weights are those of the group that is at work.
template <int64_t planes>
struct AmxScratch {
  int64_t depth;      // E32 / 32
  int64_t wide;       // E rounded up to 16
  float* scores;      // [64 keys][32 queries]
  uint16_t* weights;  // tiles [64 / 32][query tile][planes][16 pairs of keys][16 queries][2]
  uint16_t* queries;  // tiles [query tile][depth][planes][16 pairs of E][16 queries][2]
  float* sums;        // [E16][32 queries]

  AmxScratch(void* memory, int64_t width, int64_t group)
      : depth(round_up(width, tile_depth) / tile_depth),
        wide(round_up(width, lanes)),
        scores(static_cast<float*>(memory)),
        weights(reinterpret_cast<uint16_t*>(scores + block_keys * group_queries)),
        queries(weights + block_keys * group_queries * planes + group * query_tiles * depth * planes * tile_elements),
        sums(reinterpret_cast<float*>(queries + (most_groups - group) * query_tiles * depth * planes * tile_elements) +
             group * wide * group_queries) {}
  static int64_t bytes(int64_t width) {
    const int64_t group = round_up(width, tile_depth) * group_queries * planes * 2 + round_up(width, lanes) * group_queries * 4;
    return block_keys * group_queries * (4 + 2 * planes) + most_groups * group;
  }
};

// What the running softmax knows of 16 queries.
struct AmxRunning {
  __m512 maximum;  // of the scaled scores
  __m512 sum;
};

// Scores [keys][32] of 16 queries -> 2^(score - maximum) as pairs of keys, 0 behind the last key up to a multiple of 32; the sum, and the
// older sums brought to the new maximum.
template <typename Planes>
DARKROOM_INLINE void weigh(const float* scores, int64_t keys, float scale, uint16_t* weights, float* sums, int64_t sum_rows, bool first,
                           AmxRunning& running) {
  constexpr Exactness exactness = Planes::exactness;
  constexpr int64_t planes = Planes::planes;
  constexpr int64_t step = query_tiles * planes * tile_elements;  // from 32 keys' tile to the next
  __m512 high[4];
  for (__m512& part : high) {
    part = _mm512_loadu_ps(scores);
  }
  int64_t j = 0;
  for (; j + 4 <= keys; j += 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      high[i] = _mm512_max_ps(high[i], _mm512_loadu_ps(scores + (j + i) * group_queries));
    }
  }
  for (; j < keys; ++j) {
    high[0] = _mm512_max_ps(high[0], _mm512_loadu_ps(scores + j * group_queries));
  }
  const __m512 factor = _mm512_set1_ps(scale);
  __m512 top = _mm512_mul_ps(_mm512_max_ps(_mm512_max_ps(high[0], high[1]), _mm512_max_ps(high[2], high[3])), factor);
  if (!first) {
    top = _mm512_max_ps(top, running.maximum);
    if (_mm512_cmp_ps_mask(top, running.maximum, _CMP_NEQ_UQ) != 0) {
      const __m512 fade = power_of_2<exactness>(_mm512_sub_ps(running.maximum, top));
      // Exactly 1 where the maximum stays.
      const __m512 faded = _mm512_mask_mov_ps(fade, _mm512_cmp_ps_mask(top, running.maximum, _CMP_EQ_OQ), _mm512_set1_ps(1.0F));
      running.sum = _mm512_mul_ps(running.sum, faded);
      for (int64_t e = 0; e < sum_rows; ++e) {
        _mm512_storeu_ps(sums + e * group_queries, _mm512_mul_ps(_mm512_loadu_ps(sums + e * group_queries), faded));
      }
    }
  } else {
    running.sum = _mm512_setzero_ps();
  }
  running.maximum = top;
  __m512 total[2] = {running.sum, _mm512_setzero_ps()};
  const auto weight = [&](int64_t key) {
    return power_of_2<exactness>(_mm512_fmsub_ps(_mm512_loadu_ps(scores + key * group_queries), factor, top));
  };
  const auto place = [&](int64_t key) { return weights + key / tile_depth * step + key % tile_depth * lanes; };
  for (j = 0; j + 2 <= keys; j += 2) {
    const __m512 one = weight(j), other = weight(j + 1);
    total[0] = _mm512_add_ps(total[0], one);
    total[1] = _mm512_add_ps(total[1], other);
    write_pairs<planes>(one, other, place(j), tile_elements);
  }
  for (; j < round_up(keys, tile_depth); j += 2) {
    const __m512 one = j < keys ? weight(j) : _mm512_setzero_ps();
    total[0] = _mm512_add_ps(total[0], one);
    write_pairs<planes>(one, _mm512_setzero_ps(), place(j), tile_elements);
  }
  running.sum = _mm512_add_ps(total[0], total[1]);
}

template <typename Planes>
struct Amx {
  using Element = typename Planes::Element;
  using Memory = AmxScratch<Planes::planes>;
  static constexpr int64_t planes = Planes::planes;
  static constexpr bool is_split = planes == 2;

  static int64_t tiles_deep(int64_t width) { return round_up(width, tile_depth) / tile_depth; }
  static int64_t tiles_wide(int64_t width) { return round_up(width, tile_rows) / tile_rows; }
  static int64_t key_bytes(int64_t count, int64_t width) {
    return round_up(count, tile_rows) * tiles_deep(width) * tile_depth * planes * 2;
  }
  static int64_t value_bytes(int64_t count, int64_t width) {
    return round_up(count, tile_depth) * tiles_wide(width) * tile_rows * planes * 2;
  }

  // 16 elements of a row from `at` on, 0 behind its end.
  static DARKROOM_INLINE __m512 read(const Element* row, int64_t at, int64_t width) {
    return at < width ? Planes::read(row + at, width - at) : _mm512_setzero_ps();
  }

  static void pack_keys(const void* keys, int64_t stride, int64_t count, int64_t width, void* made) {
    const int64_t depth = tiles_deep(width);
    for (int64_t j = 0; j < round_up(count, tile_rows); ++j) {
      const Element* const row = static_cast<const Element*>(keys) + j * stride;
      uint16_t* const to = static_cast<uint16_t*>(made) + j / tile_rows * depth * planes * tile_elements + j % tile_rows * tile_depth;
      for (int64_t k = 0; k < depth; ++k) {
        const int64_t end = j < count ? width : 0;
        write_amx_row<planes>(read(row, k * tile_depth, end), read(row, k * tile_depth + lanes, end), to + k * tile_elements,
                              depth * tile_elements);
      }
    }
  }

  static void pack_values(const void* values, int64_t stride, int64_t count, int64_t width, void* made) {
    const int64_t wide = tiles_wide(width);
    for (int64_t first = 0; first < count; first += tile_depth) {
      uint16_t* const block = static_cast<uint16_t*>(made) + first / tile_depth * wide * planes * tile_elements;
      for (int64_t n = 0; n < wide; ++n) {
        __m512i columns[2][lanes];
        for (int64_t half = 0; half < 2; ++half) {
          for (int64_t j = 0; j < lanes; ++j) {
            const int64_t key = first + half * lanes + j;
            const Element* const row = static_cast<const Element*>(values) + key * stride;
            columns[half][j] = _mm512_castps_si512(read(row, n * lanes, key < count ? width : 0));
          }
          transpose(columns[half]);
        }
        for (int64_t e = 0; e < lanes; ++e) {
          write_amx_row<planes>(_mm512_castsi512_ps(columns[0][e]), _mm512_castsi512_ps(columns[1][e]),
                                block + n * tile_elements + e * tile_depth, wide * tile_elements);
        }
      }
    }
  }

  // Rows that the block does not have become 0.
  static void read_queries(const Element* queries, int64_t stride, int64_t rows, int64_t width, const Memory& scratch) {
    for (int64_t tile = 0; tile < query_tiles; ++tile) {
      for (int64_t k = 0; k < scratch.depth; ++k) {
        __m512i columns[2][lanes];
        for (int64_t half = 0; half < 2; ++half) {
          for (int64_t r = 0; r < lanes; ++r) {
            const int64_t row = tile * lanes + r;
            const Element* const from = queries + row * stride;
            columns[half][r] = _mm512_castps_si512(read(from, k * tile_depth + half * lanes, row < rows ? width : 0));
          }
          transpose(columns[half]);
        }
        uint16_t* const to = scratch.queries + (tile * scratch.depth + k) * planes * tile_elements;
        for (int64_t e = 0; e < tile_depth; e += 2) {
          const __m512i* const half = columns[e / lanes];
          write_pairs<planes>(_mm512_castsi512_ps(half[e % lanes]), _mm512_castsi512_ps(half[e % lanes + 1]), to + e * lanes,
                              tile_elements);
        }
      }
    }
  }

  // Scores of `count` keys from `first` on, a multiple of 16 of them.
  static DARKROOM_INLINE void score(const AttentionHead& head, int64_t first, int64_t count, const Memory& scratch) {
    const int64_t key_tile = scratch.depth * planes * tile_elements;
    const auto* const keys = static_cast<const uint16_t*>(head.keys) + first / tile_rows * key_tile;
    const FactorTiles right{scratch.queries, scratch.queries + scratch.depth * planes * tile_elements, planes * tile_elements,
                            tile_elements};
    const int64_t tiles = round_up(count, tile_rows) / tile_rows;
    int64_t t = 0;
    for (; t + 2 <= tiles; t += 2) {
      multiply_into<true, is_split>(scratch.scores + t * tile_rows * group_queries, true,
                                    {keys + t * key_tile, keys + (t + 1) * key_tile, tile_elements, scratch.depth * tile_elements}, right,
                                    scratch.depth);
    }
    if (t < tiles) {
      multiply_into<false, is_split>(scratch.scores + t * tile_rows * group_queries, true,
                                     {keys + t * key_tile, nullptr, tile_elements, scratch.depth * tile_elements}, right, scratch.depth);
    }
  }

  static DARKROOM_INLINE void add_values(const AttentionHead& head, int64_t first, int64_t count, const Memory& scratch) {
    const int64_t wide = scratch.wide / tile_rows;
    const int64_t step = wide * planes * tile_elements;
    const auto* const values = static_cast<const uint16_t*>(head.values) + first / tile_depth * step;
    const FactorTiles right{scratch.weights, scratch.weights + planes * tile_elements, query_tiles * planes * tile_elements, tile_elements};
    const int64_t depth = round_up(count, tile_depth) / tile_depth;
    int64_t n = 0;
    for (; n + 2 <= wide; n += 2) {
      multiply_into<true, is_split>(scratch.sums + n * tile_rows * group_queries, first == 0,
                                    {values + n * tile_elements, values + (n + 1) * tile_elements, step, wide * tile_elements}, right,
                                    depth);
    }
    if (n < wide) {
      multiply_into<false, is_split>(scratch.sums + n * tile_rows * group_queries, first == 0,
                                     {values + n * tile_elements, nullptr, step, wide * tile_elements}, right, depth);
    }
  }

  static void write_results(const Memory& scratch, const AmxRunning* running, int64_t width, int64_t rows, Element* out, int64_t stride) {
    for (int64_t tile = 0; tile < query_tiles && tile * lanes < rows; ++tile) {
      const __m512 inverse = _mm512_div_ps(_mm512_set1_ps(1.0F), running[tile].sum);
      for (int64_t n = 0; n < scratch.wide; n += lanes) {
        __m512i columns[lanes];
        for (int64_t e = 0; e < lanes; ++e) {
          columns[e] = _mm512_castps_si512(_mm512_mul_ps(_mm512_loadu_ps(scratch.sums + (n + e) * group_queries + tile * lanes), inverse));
        }
        transpose(columns);
        for (int64_t r = 0; r < lanes && tile * lanes + r < rows; ++r) {
          Planes::write(out + (tile * lanes + r) * stride + n, width - n, _mm512_castsi512_ps(columns[r]));
        }
      }
    }
  }

  static void run_block(const AttentionHead& head, const void* queries, int64_t stride, int64_t rows, void* out, int64_t out_stride,
                        void* memory) {
    const int64_t groups = (rows + group_queries - 1) / group_queries;
    const auto scratch_of = [&](int64_t group) { return Memory(memory, head.width, group); };
    const auto rows_of = [&](int64_t group) {
      return rows - group * group_queries < group_queries ? rows - group * group_queries : group_queries;
    };
    AmxRunning running[most_groups][query_tiles] = {};
    for (int64_t group = 0; group < groups; ++group) {
      read_queries(static_cast<const Element*>(queries) + group * group_queries * stride, stride, rows_of(group), head.width,
                   scratch_of(group));
    }
    take_tiles();
    for (int64_t first = 0; first < head.key_count; first += block_keys) {
      const int64_t count = head.key_count - first < block_keys ? head.key_count - first : block_keys;
      for (int64_t group = 0; group < groups; ++group) {
        const Memory scratch = scratch_of(group);
        score(head, first, count, scratch);
        for (int64_t tile = 0; tile < query_tiles; ++tile) {
          weigh<Planes>(scratch.scores + tile * lanes, count, head.log2_scale, scratch.weights + tile * planes * tile_elements,
                        scratch.sums + tile * lanes, scratch.wide, first == 0, running[group][tile]);
        }
        add_values(head, first, count, scratch);
      }
    }
    release_tiles();
    for (int64_t group = 0; group < groups; ++group) {
      write_results(scratch_of(group), running[group], head.width, rows_of(group),
                    static_cast<Element*>(out) + group * group_queries * out_stride, out_stride);
    }
  }
};

template <typename Planes>
constexpr AttentionLoops amx_loops() {
  using Loops = Amx<Planes>;
  return {.query_rows = most_groups * group_queries,
          .key_bytes = Loops::key_bytes,
          .value_bytes = Loops::value_bytes,
          .scratch_bytes = Loops::Memory::bytes,
          .pack_keys = Loops::pack_keys,
          .pack_values = Loops::pack_values,
          .run_block = Loops::run_block};
}

}  // namespace

const AttentionLoops attention_amx_fp32 = amx_loops<AmxFp32>();
const AttentionLoops attention_amx_bf16 = amx_loops<AmxBf16>();

}  // namespace darkroom::kernels
