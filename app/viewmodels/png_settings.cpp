// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/png_settings.h"

#include "core/base/error.h"
#include "core/recipe/imported_settings.h"

namespace darkroom::app {

GenerateOptions settingsOfPng(const std::filesystem::path& file) {
  const ImportedSettings settings = read_image_settings(file);
  if (settings.source == RecipeSource::none) {
    throw Error(ErrorCode::bad_input, file.string() + ": " + settings.notes.front().reason);
  }
  return apply_settings(GenerateOptions{}, settings);
}

}  // namespace darkroom::app
