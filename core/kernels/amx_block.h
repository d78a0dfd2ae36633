// SPDX-License-Identifier: Apache-2.0
// The inner loops of amx.h, compiled for AMX (what processor().matrix_unit asks for); nobody else includes this. No standard library here,
// as in attention_block.h.
#pragma once

#include <cstdint>

namespace darkroom::kernels {

inline constexpr int64_t amx_tile_rows = 16;  ///< rows of the left factor in a tile
inline constexpr int64_t amx_pair_rows = 32;  ///< rows of a block of sums: two tiles
inline constexpr int64_t amx_panel = 32;      ///< output channels of a block of sums
inline constexpr int64_t amx_step = 32;       ///< input channels of a tile
inline constexpr int64_t amx_tile = 512;      ///< bfloat16 of a tile of the weights: [16 pairs][16 outputs][2]

/// 16 rows of the left factor, each value as the sum of the bfloat16 next to it and the one next to the difference: [steps][rows of the
/// plane][32] each, so that a tile is one piece of memory.
struct AmxRows {
  const uint16_t* high;
  const uint16_t* low;
};

/// One tap of a panel of weights, for some steps: [2 parts][2 tiles] each, the high part first.
struct AmxWeights {
  const uint16_t* at;
  int64_t step_stride;    ///< elements from one step to the next
  const uint16_t* ahead;  ///< what will be wanted next, at the same stride: fetched into the second-level cache
  int64_t ahead_lines;    ///< 64-byte lines a step
};

/// Between these two, the thread's tiles belong to the loops below.
void amx_begin();
void amx_end();

/// sums [32][32] = (or += where not `fresh`) rows times weights, over `steps` x 32 input channels: three of the four products of the parts.
/// step_stride  elements from one step of the rows to the next
/// first        elements from `high` and `low` to the rows of the first step
void amx_multiply(const AmxRows& upper, const AmxRows& lower, int64_t step_stride, int64_t first, const AmxWeights& weights, int64_t steps,
                  float* sums, bool fresh);

/// A row of [steps][32] values as its two parts in pieces of 32, `step_stride` apart; their sum is within 2^-17 of it.
void amx_split(const float* values, int64_t steps, int64_t step_stride, uint16_t* high, uint16_t* low);

/// 16 rows (`row_stride` apart) of 32 values (`stride` apart) as one tile of weights in each part.
void amx_pack_tile(const float* values, int64_t row_stride, int64_t stride, uint16_t* high, uint16_t* low);

/// 32 sums + bias (+ residual) of one row. bias, residual: null for none
void amx_write(const float* sums, const float* bias, const float* residual, float* out);

}  // namespace darkroom::kernels
