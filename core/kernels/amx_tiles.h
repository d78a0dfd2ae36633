// SPDX-License-Identifier: Apache-2.0
// The instructions of Intel AMX, for the loops that use them. GCC's own intrinsics do not tell the compiler that a load reads memory.
// A tile has up to 16 rows of 64 bytes: 16 rows of 16 float32 sums, or of 32 bfloat16 of the left factor, or, of the right one, 16 rows of
// 16 pairs, each pair two numbers that follow each other along the dimension that is summed over.
// Source: Intel 64 manual, volume 1, chapter 18.
#pragma once

#include <cstdint>

namespace darkroom::kernels {

/// The memory that LDTILECFG reads. Shapes of tiles that are not set are empty.
struct alignas(64) TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

#define DARKROOM_TILE inline __attribute__((always_inline))

/// Eight whole tiles, all 0. Another library's shapes on this thread are lost, so that none may be in use.
DARKROOM_TILE void take_tiles() {
  TileShapes shapes;
  for (int tile = 0; tile < 8; ++tile) {
    shapes.rows[tile] = 16;
    shapes.row_bytes[tile] = 64;
  }
  asm volatile("ldtilecfg %0" ::"m"(shapes) : "memory");
}
DARKROOM_TILE void release_tiles() { asm volatile("tilerelease" ::: "memory"); }

template <int Tile>
DARKROOM_TILE void clear_tile() {
  asm volatile("tilezero %%tmm%c0" ::"i"(Tile));
}
/// stride in bytes
template <int Tile>
DARKROOM_TILE void load_tile(const void* from, int64_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(Tile) : "memory");
}
template <int Tile>
DARKROOM_TILE void store_tile(void* to, int64_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(Tile) : "memory");
}
/// Sums [rows,16] += Left [rows,pairs] Right [pairs,16].
template <int Sums, int Left, int Right>
DARKROOM_TILE void multiply_tiles() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(Left), "i"(Right));
}

/// Sums [16 or, with both, 32][32], float32, in tiles 0 to 3: cleared or loaded, and stored.
template <bool both>
DARKROOM_TILE void begin_sums(const float* sums, bool fresh) {
  if (fresh) {
    clear_tile<0>();
    clear_tile<1>();
    if constexpr (both) {
      clear_tile<2>();
      clear_tile<3>();
    }
    return;
  }
  load_tile<0>(sums, 128);
  load_tile<1>(sums + 16, 128);
  if constexpr (both) {
    load_tile<2>(sums + 16 * 32, 128);
    load_tile<3>(sums + 16 * 32 + 16, 128);
  }
}
template <bool both>
DARKROOM_TILE void store_sums(float* sums) {
  store_tile<0>(sums, 128);
  store_tile<1>(sums + 16, 128);
  if constexpr (both) {
    store_tile<2>(sums + 16 * 32, 128);
    store_tile<3>(sums + 16 * 32 + 16, 128);
  }
}

}  // namespace darkroom::kernels
