// SPDX-License-Identifier: Apache-2.0
// JPEG at a fraction of its size: the inverse transform is made for 4, 2 or 1 of the 8 pixels of a block, so that most pixels are never
// computed. A build without libjpeg has the same functions and says that it cannot.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/image/image.h"

namespace darkroom {

/// What a decoder says beside the pixels.
struct JpegFacts {
  bool cmyk = false;  ///< four inks (CMYK or YCCK), which have no one meaning in RGB
  int warnings = 0;   ///< places where the data are damaged and were guessed
};

struct ScaledJpeg {
  Image image;  ///< as stored: EXIF orientation not applied
  JpegFacts facts;
};

/// Whether read_jpeg works in this build.
bool can_scale_jpeg();

/// Decodes a JPEG to RGB at 1/denominator of its size, sides rounded up.
///
/// bytes        a complete JPEG file whose size was checked (read_image_info)
/// denominator  1, 2, 4 or 8
/// returns      nothing when the picture cannot be decoded this way: damaged beyond reading, four inks, a build without libjpeg
/// source       libjpeg-turbo's libjpeg.txt, "scale_num, scale_denom"
std::optional<ScaledJpeg> read_jpeg(std::span<const std::byte> bytes, int denominator);

/// Of the header alone (warnings are those of the header); nothing where it cannot be read.
std::optional<JpegFacts> read_jpeg_facts(std::span<const std::byte> bytes);

}  // namespace darkroom
