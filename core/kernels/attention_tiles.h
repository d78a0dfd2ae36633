// SPDX-License-Identifier: Apache-2.0
// The products of attention_block_amx.cpp, which alone includes this: one or two tiles of rows times the two tiles of a group of queries.
// Tiles: 0 to 3 sums, 4 and 5 the left factor, 6 and 7 the right one.
#pragma once

#include "core/kernels/amx_tiles.h"
#include "core/kernels/avx512_vectors.h"

namespace darkroom::kernels {

inline constexpr int64_t tile_rows = 16;
inline constexpr int64_t tile_depth = 32;  // bfloat16 of a row of the left factor
inline constexpr int64_t tile_elements = 512;
inline constexpr int64_t tile_stride = 64;  // bytes
inline constexpr int64_t group_queries = 32;
inline constexpr int64_t most_groups = 4;
inline constexpr int64_t block_keys = 64;
inline constexpr int64_t query_tiles = group_queries / lanes;

namespace {

// Two tiles of rows (the second may be left out) times two of queries, over `depth` tiles.
struct FactorTiles {
  const uint16_t* first;
  const uint16_t* second;  // null: none
  int64_t step;            // elements from one tile to the next
  int64_t plane;
};

template <bool both>
DARKROOM_INLINE void multiply_loaded() {
  multiply_tiles<0, 4, 6>();
  multiply_tiles<1, 4, 7>();
  if constexpr (both) {
    multiply_tiles<2, 5, 6>();
    multiply_tiles<3, 5, 7>();
  }
}

template <bool both, bool is_split>
DARKROOM_INLINE void multiply_depth(const FactorTiles& left, const FactorTiles& right, int64_t depth) {
  for (int64_t k = 0; k < depth; ++k) {
    const uint16_t* const first = left.first + k * left.step;
    const uint16_t* const second = both ? left.second + k * left.step : nullptr;
    const uint16_t* const right_first = right.first + k * right.step;
    const uint16_t* const right_second = right.second + k * right.step;
    if constexpr (is_split) {
      load_tile<4>(first + left.plane, tile_stride);
      if constexpr (both) {
        load_tile<5>(second + left.plane, tile_stride);
      }
      load_tile<6>(right_first, tile_stride);
      load_tile<7>(right_second, tile_stride);
      multiply_loaded<both>();
    }
    load_tile<4>(first, tile_stride);
    if constexpr (both) {
      load_tile<5>(second, tile_stride);
    }
    if constexpr (!is_split) {
      load_tile<6>(right_first, tile_stride);
      load_tile<7>(right_second, tile_stride);
    }
    multiply_loaded<both>();
    if constexpr (is_split) {
      load_tile<6>(right_first + right.plane, tile_stride);
      load_tile<7>(right_second + right.plane, tile_stride);
      multiply_loaded<both>();
    }
  }
}

// `to` is [16 or 32][32 queries]
template <bool both, bool is_split>
DARKROOM_INLINE void multiply_into(float* to, bool fresh, const FactorTiles& left, const FactorTiles& right, int64_t depth) {
  begin_sums<both>(to, fresh);
  multiply_depth<both, is_split>(left, right, depth);
  store_sums<both>(to);
}

}  // namespace
}  // namespace darkroom::kernels
