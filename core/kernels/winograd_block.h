// SPDX-License-Identifier: Apache-2.0
// The inner loops of winograd.h, compiled for AVX-512 (what processor().avx512 asks for); nobody else includes this. No standard
// library here, as in attention_block.h.
#pragma once

#include <cstdint>

namespace darkroom::kernels {

inline constexpr int64_t winograd_tiles = 48;      ///< tiles of a block
inline constexpr int64_t winograd_panel = 32;      ///< output channels side by side in a panel of the weights
inline constexpr int64_t winograd_side = 4;        ///< pixels of a tile's side
inline constexpr int64_t winograd_patch = 6;       ///< pixels of the side of what a tile sees
inline constexpr int64_t winograd_positions = 36;  ///< products a tile and pair of channels
/// The points at which the polynomials are evaluated, beside 0 and infinity: +-near and +-far. With 1 and 2 in their place, as the source
/// has them, the rounding errors are five times larger; these two are exact in binary.
inline constexpr float winograd_near = 0.75F;
inline constexpr float winograd_far = 1.5F;

/// A picture [height][width][channels], float32.
struct WinogradPicture {
  const float* pixels;
  int64_t height;
  int64_t width;
  int64_t channels;  ///< a multiple of 16
};

/// The patch whose first pixel is (row, column), which may lie outside, as winograd_positions values a channel: to [36][48][channels] at
/// `tile`. What lies outside is 0.
void winograd_read(const WinogradPicture& picture, int64_t row, int64_t column, int64_t tile, float* values);

/// [48][depth] times [depth][32] to [48][32].
void winograd_multiply(const float* values, const float* weights, int64_t depth, float* products);

/// Where a tile's results go, and what is added to them.
struct WinogradTarget {
  float* out;             ///< the tile's first pixel, at the panel's first channel
  const float* residual;  ///< likewise; null: nothing is added
  const float* bias;      ///< [32]
  int64_t width;          ///< of the picture
  int64_t channels;       ///< of the picture
  int64_t rows;           ///< of the tile that lie in the picture, 1 to 4
  int64_t columns;
};

/// products  [36][48][32]
void winograd_write(const float* products, int64_t tile, const WinogradTarget& target);

}  // namespace darkroom::kernels
