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

  void set(int tile, int64_t row_count, int64_t bytes) {
    rows[tile] = static_cast<uint8_t>(row_count);
    row_bytes[tile] = static_cast<uint16_t>(bytes);
  }
};

#define DARKROOM_TILE inline __attribute__((always_inline))

/// All tiles become 0. Another library's shapes on this thread are lost, so that none may be in use.
DARKROOM_TILE void set_tile_shapes(const TileShapes& shapes) { asm volatile("ldtilecfg %0" ::"m"(shapes) : "memory"); }
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

}  // namespace darkroom::kernels
