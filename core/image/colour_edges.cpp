// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3, a copy for each level of x86-64. R - G and B - G hold no brightness, so that no conversion of colours is needed.
#include "core/image/colour_edges.h"

#include <algorithm>
#include <array>
#include <vector>

namespace darkroom {
namespace {

// R - G and B - G of a row, one after the other.
DARKROOM_CLONES void differences(const uint8_t* rgb, int width, int16_t* red, int16_t* blue) {
  for (int x = 0; x < width; ++x) {
    red[x] = static_cast<int16_t>(rgb[3 * x] - rgb[3 * x + 1]);
    blue[x] = static_cast<int16_t>(rgb[3 * x + 2] - rgb[3 * x + 1]);
  }
}

// Sum of (before - 2 at + after)²; a square has 20 bits, so that 1024 of them fit.
DARKROOM_CLONES uint32_t bends(const int16_t* before, const int16_t* at, const int16_t* after, int count) {
  uint32_t sum = 0;
  for (int i = 0; i < count; ++i) {
    const int32_t bend = before[i] - 2 * at[i] + after[i];
    sum += static_cast<uint32_t>(bend * bend);
  }
  return sum;
}

uint64_t bends_of_all(const int16_t* before, const int16_t* at, const int16_t* after, int count) {
  constexpr int piece = 1024;
  uint64_t sum = 0;
  for (int first = 0; first < count; first += piece) {
    sum += bends(before + first, at + first, after + first, std::min(piece, count - first));
  }
  return sum;
}

}  // namespace

double colour_edges(const Image& image) {
  constexpr size_t rows = 3;  // that are looked at together
  const auto width = static_cast<size_t>(image.width);
  std::array<std::vector<int16_t>, rows> planes;  // a row each: red, then blue
  uint64_t across = 0;
  uint64_t down = 0;
  for (int y = 0; y < image.height; ++y) {
    std::vector<int16_t>& row = planes.at(static_cast<size_t>(y) % rows);
    row.resize(2 * width);
    differences(image.row(y), image.width, row.data(), row.data() + width);
    for (const int16_t* const plane : {row.data(), row.data() + width}) {
      across += bends_of_all(plane, plane + 1, plane + 2, image.width - 2);
    }
    if (y >= 2) {
      const std::vector<int16_t>& above = planes.at(static_cast<size_t>(y - 2) % rows);
      const std::vector<int16_t>& middle = planes.at(static_cast<size_t>(y - 1) % rows);
      down += bends_of_all(above.data(), middle.data(), row.data(), 2 * image.width);
    }
  }
  const auto mean = [](uint64_t sum, int columns, int lines) {
    return columns > 0 && lines > 0 ? static_cast<double>(sum) / (static_cast<double>(columns) * lines) : 0.0;
  };
  return mean(across, image.width - 2, image.height) + mean(down, image.width, image.height - 2);
}

}  // namespace darkroom
