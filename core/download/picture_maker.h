// SPDX-License-Identifier: Apache-2.0
// The file that a host sent -> the file that goes into a shard.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/download/download_options.h"

namespace darkroom {

/// A picture's new sides, and how they are reached. All px.
struct ResizePlan {
  int width = 0;  ///< after resizing
  int height = 0;
  int final_width = 0;  ///< after the crop or the border
  int final_height = 0;
  bool resizes = false;     ///< the mode applies to this picture
  bool is_smaller = false;  ///< averaged by area; else enlarged by Lanczos

  bool operator==(const ResizePlan&) const = default;
};

/// What a mode makes of a picture of these sides. A side is rounded to the nearest, halves to even, and is at least 1.
/// source  img2dataset's resizer and the albumentations functions that it calls
ResizePlan plan_resize(const PictureOptions& options, int width, int height);

/// A picture for a shard, or why there is none.
struct MadePicture {
  std::string bytes;  ///< empty when it was refused
  int width = 0;
  int height = 0;
  int original_width = 0;  ///< as shown
  int original_height = 0;
  std::string exif;    ///< a JSON object of texts, named as exifread names them; "{}" without EXIF
  std::string error;   ///< one of a few words, as img2dataset has them; empty when all is well
  std::string detail;  ///< what exactly, where that is known
};

/// Checks, decodes, resizes and encodes.
///
/// EXIF orientation is applied, alpha laid on white; a cut file is refused. A JPEG is decoded at a half, a quarter or an eighth of its size
/// where averaging it from there gives the same at 40 dB and more (averaging_denominator).
/// Pictures of more than 16 million pixels are decoded one at a time, so that memory does not grow with the threads.
/// Thread-safe; needs OpenCV. The same bytes and options make the same bytes on one machine.
MadePicture make_picture(std::span<const std::byte> bytes, const PictureOptions& options);

}  // namespace darkroom
