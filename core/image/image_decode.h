// SPDX-License-Identifier: Apache-2.0
// Pictures from files that nobody vouches for: JPEG, PNG and WebP only, told by their first bytes; sizes are read before pixels.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/image.h"
#include "core/image/image_header.h"

namespace darkroom {

/// Decodes to RGB: EXIF orientation applied, alpha composited on white, 16 bits and grey brought to 8-bit RGB.
///
/// throws  Error{bad_input} naming the picture and the reason; a picture that is cut short or damaged is refused, not filled with grey.
///         Error{failed} in a build without OpenCV
Image decode_image(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits = {});

/// The library that decode_image uses and its version: "opencv 4.6.0"; empty in a build without it.
std::string image_library();

/// A picture and how opaque it is.
struct PictureWithAlpha {
  Image image;                 ///< as decode_image gives it
  std::vector<uint8_t> alpha;  ///< 0…255, a value a pixel, in the picture's order; empty when the file has no alpha channel
};

/// decode_image that keeps the alpha channel too. throws as decode_image
PictureWithAlpha decode_with_alpha(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits = {});

/// decode_image of a file. throws also Error{not_found | io}
Image read_image_file(const std::filesystem::path& path, const ImageLimits& limits = {});

}  // namespace darkroom
