// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "core/sample/make_images.h"

namespace darkroom {

/// Writes finished pictures with their settings inside; the ending names the format (.png, .jpg, .webp; in a folder PNG).
///
/// out  FILE.png for one picture (several get -2, -3 … before the suffix), or a folder, where names are <number>-<seed>.png and go on from
/// the
///      highest number that is there
class ImageWriter {
 public:
  /// throws Error{io} when the folder cannot be made
  explicit ImageWriter(std::filesystem::path out);

  /// Returns the file that now exists, complete and synced. throws Error{io}
  std::filesystem::path write(const MadeImage& made);

 private:
  std::filesystem::path out_;
  bool is_folder_;
  int64_t next_number_ = 1;
};

}  // namespace darkroom
