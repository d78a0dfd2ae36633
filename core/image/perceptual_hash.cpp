// SPDX-License-Identifier: Apache-2.0
// Only 8 of 32 rows and columns of the transform are wanted: two small matrix products, and no library.
#include "core/image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

namespace darkroom {
namespace {

constexpr int side = 32;
constexpr int kept = 8;

using Basis = std::array<std::array<double, side>, kept>;

Basis make_basis() {
  Basis basis{};
  for (int k = 0; k < kept; ++k) {
    for (int n = 0; n < side; ++n) {
      basis[static_cast<size_t>(k)][static_cast<size_t>(n)] = 2.0 * std::cos(std::numbers::pi * k * (2 * n + 1) / (2.0 * side));
    }
  }
  return basis;
}

}  // namespace

uint64_t perceptual_hash(const Image& image) {
  static const Basis basis = make_basis();
  const Image small = resize_image(image, side, side);
  std::array<std::array<double, side>, kept> rows{};  // transformed along x
  for (int y = 0; y < side; ++y) {
    const uint8_t* pixel = small.row(y);
    for (int x = 0; x < side; ++x, pixel += Image::channels) {
      const double grey = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
      for (size_t k = 0; k < kept; ++k) {
        rows[k][static_cast<size_t>(y)] += basis[k][static_cast<size_t>(x)] * grey;
      }
    }
  }
  std::array<double, static_cast<size_t>(kept) * kept> low{};
  for (size_t v = 0; v < kept; ++v) {
    for (size_t u = 0; u < kept; ++u) {
      for (size_t y = 0; y < side; ++y) {
        low[v * kept + u] += basis[v][y] * rows[u][y];
      }
    }
  }
  std::array<double, low.size()> sorted = low;
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[low.size() / 2 - 1] + sorted[low.size() / 2]) / 2;
  uint64_t hash = 0;
  for (const double value : low) {
    hash = hash << 1 | (value > median ? 1U : 0U);
  }
  return hash;
}

int hash_distance(uint64_t a, uint64_t b) { return std::popcount(a ^ b); }

}  // namespace darkroom
