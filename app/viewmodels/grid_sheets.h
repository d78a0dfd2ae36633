// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "app/viewmodels/grid_items.h"
#include "core/image/contact_sheet.h"

namespace darkroom::app {

/// Labels of the three axes; an axis that is not there has none.
using GridLabels = std::array<QStringList, 3>;

/// A sheet of a grid, before its pictures are read.
struct GridSheetFile {
  std::filesystem::path file;
  GridSheet sheet;                              ///< without cells
  std::vector<std::filesystem::path> pictures;  ///< by cell; empty: not made
};

/// The sheets of a grid that hold a picture: `target` itself, of several sheets TARGET-1.png, TARGET-2.png, …
/// cells   sheet by sheet, row by row
std::vector<GridSheetFile> gridSheetFiles(std::filesystem::path target, const GridLabels& labels, const std::vector<GridCellItem>& cells);

/// Reads the pictures and writes the sheets; takes as long as the disk does. Empty, or why it could not be done.
QString writeGridSheets(std::vector<GridSheetFile> files);

}  // namespace darkroom::app
