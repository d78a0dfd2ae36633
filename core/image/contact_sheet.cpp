// SPDX-License-Identifier: Apache-2.0
#include "core/image/contact_sheet.h"

#include <algorithm>
#include <stdexcept>

namespace darkroom {
namespace {

constexpr uint8_t sheet_grey = 0x77;  // middle grey: pictures are judged against neither black nor white

}  // namespace

Image contact_sheet(std::span<const Image> pictures, int columns, int gap) {
  if (pictures.empty() || columns < 1 || gap < 0) {
    throw std::invalid_argument("[contact_sheet] needs at least one picture, one column and a gap of at least 0");
  }
  int cell_width = 0;
  int cell_height = 0;
  for (const Image& picture : pictures) {
    cell_width = std::max(cell_width, picture.width);
    cell_height = std::max(cell_height, picture.height);
  }
  const int count = static_cast<int>(pictures.size());
  const int used_columns = std::min(columns, count);
  const int rows = (count + used_columns - 1) / used_columns;
  Image sheet(gap + used_columns * (cell_width + gap), gap + rows * (cell_height + gap));
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), sheet_grey);
  for (int i = 0; i < count; ++i) {
    const Image& picture = pictures[static_cast<size_t>(i)];
    const int x = gap + i % used_columns * (cell_width + gap) + (cell_width - picture.width) / 2;
    const int y = gap + i / used_columns * (cell_height + gap) + (cell_height - picture.height) / 2;
    for (int row = 0; row < picture.height; ++row) {
      std::copy_n(picture.row(row), picture.row_bytes(), sheet.row(y + row) + static_cast<size_t>(x) * Image::channels);
    }
  }
  return sheet;
}

}  // namespace darkroom
