// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/image/image.h"

namespace darkroom {

/// Middle grey: pictures are judged against neither black nor white.
inline constexpr uint8_t sheet_grey = 0x77;

/// Pictures side by side on one sheet, row by row, in equal cells with `gap` pixels of neutral grey between and around them.
///
/// A picture smaller than the largest one is centred in its cell.
/// columns  at least 1
/// throws   std::invalid_argument: no pictures, or columns or gap out of range
Image contact_sheet(std::span<const Image> pictures, int columns, int gap = 4);

/// A table of pictures with a header for each column and row: two axes of a grid of settings. A third axis is several sheets, each with its
/// value as the title.
struct GridSheet {
  std::string title;                       ///< above all; empty: none
  std::vector<std::string> column_labels;  ///< one a column, at least one; all empty: no header row
  std::vector<std::string> row_labels;     ///< one a row, at least one; all empty: no header column
  std::vector<Image> cells;                ///< row by row, columns * rows; a default Image (0x0) is a picture that was not made: a cross
  int gap = 8;                             ///< px between and around the cells
  uint8_t background = sheet_grey;         ///< labels are white on it below 128, else black
};

/// Equal cells of the largest picture's size, smaller ones centred. Capitals are a 32nd of a cell's height, 8 to 28 px. A header column is
/// as wide as its longest label but at most as half a cell and the room of 12 capitals; a label that has less room than it needs ends in
/// "…". throws  std::invalid_argument: no labels, a number of cells that does not fit them, no picture at all, a gap out of range;
///         Error{bad_input}: a sheet of more pixels than pictures of ours may have
Image grid_sheet(const GridSheet& grid);

}  // namespace darkroom
