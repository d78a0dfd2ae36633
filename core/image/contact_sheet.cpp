// SPDX-License-Identifier: Apache-2.0
#include "core/image/contact_sheet.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/format.h"
#include "core/image/image_decode.h"
#include "core/image/label_text.h"

namespace darkroom {
namespace {

constexpr int widest_header_capitals = 12;

struct Size {
  int width = 0;
  int height = 0;
};

Size largest(std::span<const Image> pictures) {
  Size cell;
  for (const Image& picture : pictures) {
    cell.width = std::max(cell.width, picture.width);
    cell.height = std::max(cell.height, picture.height);
  }
  return cell;
}

Image filled(int64_t width, int64_t height, uint8_t grey) {
  const ImageLimits limits;
  if (width > limits.max_side || height > limits.max_side || width * height > limits.max_pixels) {
    fail(ErrorCode::bad_input,
         "The sheet would have {}x{} pixels; a side may have at most {}, all together {} million. Use fewer or smaller "
         "pictures.",
         width, height, limits.max_side, limits.max_pixels >> 20);
  }
  Image sheet(static_cast<int>(width), static_cast<int>(height));
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), grey);
  return sheet;
}

void put(Image& sheet, const Image& picture, int x, int y, Size cell) {
  x += (cell.width - picture.width) / 2;
  y += (cell.height - picture.height) / 2;
  for (int row = 0; row < picture.height; ++row) {
    std::copy_n(picture.row(row), picture.row_bytes(), sheet.row(y + row) + static_cast<size_t>(x) * Image::channels);
  }
}

// Where a picture was not made: the two diagonals of its cell.
void put_cross(Image& sheet, int x, int y, Size cell, uint8_t grey) {
  for (int row = 0; row < cell.height; ++row) {
    const int along = static_cast<int>(int64_t{row} * (cell.width - 1) / std::max(cell.height - 1, 1));
    for (const int column : {along, cell.width - 1 - along}) {
      std::fill_n(sheet.row(y + row) + static_cast<size_t>(x + column) * Image::channels, Image::channels, grey);
    }
  }
}

bool any_text(const std::vector<std::string>& labels) {
  return std::any_of(labels.begin(), labels.end(), [](const std::string& label) { return !label.empty(); });
}

}  // namespace

Image contact_sheet(std::span<const Image> pictures, int columns, int gap) {
  if (pictures.empty() || columns < 1 || gap < 0) {
    throw std::invalid_argument("[contact_sheet] needs at least one picture, one column and a gap of at least 0");
  }
  const Size cell = largest(pictures);
  const int count = static_cast<int>(pictures.size());
  const int used_columns = std::min(columns, count);
  const int rows = (count + used_columns - 1) / used_columns;
  Image sheet = filled(gap + int64_t{used_columns} * (cell.width + gap), gap + int64_t{rows} * (cell.height + gap), sheet_grey);
  for (int i = 0; i < count; ++i) {
    const int x = gap + i % used_columns * (cell.width + gap);
    const int y = gap + i / used_columns * (cell.height + gap);
    put(sheet, pictures[static_cast<size_t>(i)], x, y, cell);
  }
  return sheet;
}

Image grid_sheet(const GridSheet& grid) {
  const auto columns = static_cast<int>(grid.column_labels.size());
  const auto rows = static_cast<int>(grid.row_labels.size());
  const Size cell = largest(grid.cells);
  if (columns < 1 || rows < 1 || grid.gap < 0 || cell.width == 0 ||
      grid.cells.size() != grid.column_labels.size() * grid.row_labels.size()) {
    throw std::invalid_argument(format("[grid_sheet] {} column and {} row labels, {} cells of {}x{}, gap {}", columns, rows,
                                       grid.cells.size(), cell.width, cell.height, grid.gap));
  }
  const uint8_t ink = grid.background < 0x80 ? 0xFF : 0x00;
  const LabelStyle style{std::clamp(cell.height / 32.0, 8.0, 28.0), ink};
  const LabelStyle title_style{style.capital_height * 1.25, ink};
  const int title_height = grid.title.empty() ? 0 : grid.gap + label_height(title_style);
  const int header_height = any_text(grid.column_labels) ? grid.gap + label_height(style) : 0;
  int header_width = 0;
  for (const std::string& label : grid.row_labels) {
    header_width = std::max(header_width, label.empty() ? 0 : label_width(label, style));
  }
  header_width = std::min(header_width, cell.width / 2 + static_cast<int>(widest_header_capitals * style.capital_height));
  const int left = (header_width > 0 ? grid.gap + header_width : 0) + grid.gap;
  const int top = title_height + header_height + grid.gap;

  Image sheet = filled(left + int64_t{columns} * (cell.width + grid.gap), top + int64_t{rows} * (cell.height + grid.gap), grid.background);
  if (!grid.title.empty()) {
    draw_label(sheet, grid.gap, grid.gap, shorten_label(grid.title, sheet.width - 2 * grid.gap, title_style), title_style);
  }
  for (int column = 0; column < columns && header_height > 0; ++column) {
    const std::string label = shorten_label(grid.column_labels[static_cast<size_t>(column)], cell.width, style);
    const int x = left + column * (cell.width + grid.gap) + (cell.width - label_width(label, style)) / 2;
    draw_label(sheet, x, title_height + grid.gap, label, style);
  }
  for (int row = 0; row < rows; ++row) {
    const int y = top + row * (cell.height + grid.gap);
    if (header_width > 0) {
      const std::string label = shorten_label(grid.row_labels[static_cast<size_t>(row)], header_width, style);
      draw_label(sheet, grid.gap, y + (cell.height - static_cast<int>(style.capital_height)) / 2, label, style);
    }
    for (int column = 0; column < columns; ++column) {
      const Image& picture = grid.cells[static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column)];
      const int x = left + column * (cell.width + grid.gap);
      if (picture.width == 0) {
        put_cross(sheet, x, y, cell, ink);
      } else {
        put(sheet, picture, x, y, cell);
      }
    }
  }
  return sheet;
}

}  // namespace darkroom
