// SPDX-License-Identifier: Apache-2.0
// JPEG at a fraction of its size: the inverse transform is made for 4, 2 or 1 of the 8 pixels of a block, so that most pixels are never
// computed. A build without libjpeg has the same functions and says that it cannot.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/image/image.h"

namespace darkroom {

/// What a decoder says beside the pixels.
struct JpegFacts {
  bool cmyk = false;              ///< four inks (CMYK or YCCK), which have no one meaning in RGB
  int warnings = 0;               ///< places where the data are damaged and were guessed
  bool has_half_colours = false;  ///< two planes of colours with half the sides of the picture: 4:2:0
};

struct ScaledJpeg {
  Image image;  ///< as stored: EXIF orientation not applied
  JpegFacts facts;
};

/// Whether read_jpeg works in this build.
bool can_scale_jpeg();

/// The library and its version: "libjpeg-turbo 2.1.5"; empty in a build without it.
std::string jpeg_library();

/// sharp: only where colours come out as fine as the picture. At a fraction of the size this is so for 4:4:4 and 4:2:0; with 4:2:2, which
/// many cameras write, colours would be half as fine across, because libjpeg makes one transform smaller in both directions or not at all.
enum class ScaledColours { any, sharp };

/// Decodes a JPEG to RGB at 1/denominator of its size, sides rounded up. Halved colour planes (4:2:0) at 1/2 are smoothed as decoding in
/// full smooths them (averaged_rgb).
///
/// bytes        a complete JPEG file whose size was checked (read_image_info)
/// denominator  1, 2, 4 or 8
/// returns      nothing when the picture cannot be decoded this way: damaged beyond reading, four inks, colours that would not be sharp, a
///              build without libjpeg
/// source       libjpeg-turbo's libjpeg.txt, "scale_num, scale_denom"
std::optional<ScaledJpeg> read_jpeg(std::span<const std::byte> bytes, int denominator, ScaledColours colours = ScaledColours::any);

/// Of the header alone (warnings are those of the header); nothing where it cannot be read.
std::optional<JpegFacts> read_jpeg_facts(std::span<const std::byte> bytes);

}  // namespace darkroom
