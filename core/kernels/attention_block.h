// SPDX-License-Identifier: Apache-2.0
// The inner loops of fused_attention.h, compiled for AVX-512; nobody else includes this. No standard library here: an inline function that
// is compiled for AVX-512 in one file may be the one that the linker keeps for all.
//
// A unit is 4 bytes along the dimension that a product sums over: one float32, or two neighbouring bfloat16. So both dtypes share one
// layout and one loop nest.
#pragma once

#include <cstdint>

namespace darkroom::kernels {

inline constexpr int64_t attention_query_rows = 48;  ///< queries a block
inline constexpr int64_t attention_key_block = 256;  ///< keys a block
inline constexpr int64_t attention_score_row =
    272;                                        ///< floats from one row of scores to the next: not a power of two, for the cache's sets
inline constexpr int64_t attention_panel = 64;  ///< keys side by side in a panel of packed keys

constexpr int64_t round_up(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// What this processor has of what the loops need; the functions below must not be called for a dtype that it lacks.
struct AttentionSupport {
  bool fp32 = false;
  bool bf16 = false;
};
AttentionSupport attention_support();

/// One head of one picture, as the loops read it.
struct AttentionHead {
  const void* keys = nullptr;    ///< [ceil(S/64)][units of E][64 or the rest rounded up to 16] units
  const void* values = nullptr;  ///< float32: [S][E16]; bfloat16: [ceil(S/2)][E16][2]; E16 is E rounded up to 16
  int64_t key_count = 0;         ///< S
  int64_t width = 0;             ///< E
  float log2_scale = 0;          ///< log2(e) / sqrt(E)
};

/// Scratch of one thread, each 64-byte aligned.
struct AttentionScratch {
  float* queries;  ///< [48][E] units, zero in rows that a block does not have
  float* scores;   ///< [48][attention_score_row]
  float* weights;  ///< bfloat16 only: [48][attention_score_row / 2] units
  float* sums;     ///< [48][E16]
};

/// Lays out `count` keys ([count] rows of `units` units, `stride` units apart) as AttentionHead::keys.
void pack_attention_keys(const void* keys, int64_t stride, int64_t count, int64_t units, void* packed);
/// Lays out values ([count] rows of `width` elements, `stride` elements apart) as AttentionHead::values.
void pack_attention_values_fp32(const float* values, int64_t stride, int64_t count, int64_t width, float* packed);
void pack_attention_values_bf16(const uint16_t* values, int64_t stride, int64_t count, int64_t width, uint16_t* packed);

/// `rows` queries, `stride` elements apart, to `rows` results of the same dtype, `out_stride` elements apart. 1 <= rows <= 48.
void attention_block_fp32(const AttentionHead& head, const float* queries, int64_t stride, int64_t rows, float* out, int64_t out_stride,
                          const AttentionScratch& scratch);
void attention_block_bf16(const AttentionHead& head, const uint16_t* queries, int64_t stride, int64_t rows, uint16_t* out,
                          int64_t out_stride, const AttentionScratch& scratch);

}  // namespace darkroom::kernels
