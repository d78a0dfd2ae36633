// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/grid_sheets.h"

#include <algorithm>

#include "core/image/image_encode.h"

namespace darkroom::app {
namespace {

std::vector<std::string> texts(const QStringList& labels) {
  std::vector<std::string> all;
  for (const QString& label : labels) {
    all.push_back(label.toStdString());
  }
  return all.empty() ? std::vector<std::string>{""} : all;
}

}  // namespace

std::vector<GridSheetFile> gridSheetFiles(std::filesystem::path target, const GridLabels& labels, const std::vector<GridCellItem>& cells) {
  target.replace_extension(".png");
  const std::vector<std::string> columns = texts(labels[0]);
  const std::vector<std::string> rows = texts(labels[1]);
  const size_t size = columns.size() * rows.size();
  std::vector<GridSheetFile> files;
  for (size_t sheet = 0; (sheet + 1) * size <= cells.size(); ++sheet) {
    GridSheetFile made;
    made.file = target;
    if (labels[2].size() > 1) {
      made.file.replace_filename(target.stem().string() + "-" + std::to_string(sheet + 1) + ".png");
    }
    made.sheet.title = labels[2].value(static_cast<qsizetype>(sheet)).toStdString();
    made.sheet.column_labels = columns;
    made.sheet.row_labels = rows;
    for (size_t cell = sheet * size; cell < (sheet + 1) * size; ++cell) {
      made.pictures.emplace_back(cells[cell].imageId != 0 ? cells[cell].imageUrl.toLocalFile().toStdString() : std::string());
    }
    if (std::any_of(made.pictures.begin(), made.pictures.end(), [](const auto& picture) { return !picture.empty(); })) {
      files.push_back(std::move(made));
    }
  }
  return files;
}

QString writeGridSheets(std::vector<GridSheetFile> files) {
  try {
    for (GridSheetFile& file : files) {
      for (const std::filesystem::path& picture : file.pictures) {
        file.sheet.cells.push_back(picture.empty() ? Image() : read_image_file(picture));
      }
      write_png(file.file, grid_sheet(file.sheet));
    }
  } catch (const std::exception& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

}  // namespace darkroom::app
