// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/found_pictures.h"

#include <QDateTime>
#include <QFileInfo>
#include <algorithm>
#include <unordered_set>

#include "app/viewmodels/png_settings.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace fs = std::filesystem;

std::vector<fs::path> unknownPictures(const Workspace& workspace, const ImageTable& table) {
  const std::vector<std::string> paths = table.paths();
  const std::unordered_set<std::string> known(paths.begin(), paths.end());
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(workspace.images(), fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == ".png" && entry->is_regular_file(ignored) && !known.contains(workspace.stored_path(entry->path()))) {
      files.push_back(entry->path());
    }
  }
  if (error) {
    throw Error(ErrorCode::io, "The pictures in " + workspace.images().string() + " cannot be listed: " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<ImageRow> rowOfPicture(const Workspace& workspace, const fs::path& file) {
  try {
    const GenerateOptions options = settingsOfPng(file);
    ImageRow row;
    row.path = workspace.stored_path(file);
    row.created = static_cast<double>(QFileInfo(QString::fromStdString(file.string())).lastModified().toMSecsSinceEpoch()) / 1000.0;
    row.prompt = options.prompt;
    row.negative = options.negative;
    row.options_json = to_json(options).dump();
    row.seed = options.seed;
    row.width = options.width.value_or(0);
    row.height = options.height.value_or(0);
    row.model = options.model;
    return row;
  } catch (const Error&) {  // not a picture of ours: there is nothing to show of it
    return std::nullopt;
  }
}

}  // namespace darkroom::app
