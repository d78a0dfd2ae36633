// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/store/image_table.h"
#include "core/store/workspace.h"

namespace darkroom::app {

/// PNG files below images/ that the index does not know: made on the command line, copied in, or older than a lost index.
/// throws  Error{io} when a folder cannot be read
std::vector<std::filesystem::path> unknownPictures(const Workspace& workspace, const ImageTable& table);

/// The row of such a file, dated by its last change; nothing when it does not say how it was made or cannot be read.
std::optional<ImageRow> rowOfPicture(const Workspace& workspace, const std::filesystem::path& file);

}  // namespace darkroom::app
