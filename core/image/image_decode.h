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

namespace darkroom {

enum class ImageFormat { jpeg, png, webp };

/// "JPEG", "PNG", "WebP"
std::string_view image_format_name(ImageFormat kind);

/// What a file's header says.
struct ImageInfo {
  ImageFormat format = ImageFormat::jpeg;
  int width = 0;  ///< as stored, before the orientation is applied
  int height = 0;
  int orientation = 1;              ///< EXIF orientation 1…8; 5…8 swap width and height
  std::span<const std::byte> exif;  ///< the TIFF block inside the given bytes; empty without one; lives as long as they do

  int shown_width() const { return orientation >= 5 ? height : width; }
  int shown_height() const { return orientation >= 5 ? width : height; }
};

/// What is accepted. A picture beyond it is refused before any pixel is decoded.
struct ImageLimits {
  int max_side = 32768;
  int64_t max_pixels = int64_t{64} << 20;
};

/// Reads the header alone; needs no image library.
///
/// where   names the picture in the error
/// throws  Error{bad_input} "<where>: not a JPEG, PNG or WebP file", "… is cut short", "… has 40000x10 pixels, more than …"
ImageInfo read_image_info(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits = {});

/// Whether the file reaches its end mark: what a cut download lacks. Decoders fill the rest with grey and say nothing.
/// bytes   begin as a file of that format
bool is_complete_image(std::span<const std::byte> bytes, ImageFormat kind);

/// Decodes to RGB: EXIF orientation applied, alpha composited on white, 16 bits and grey brought to 8-bit RGB.
///
/// throws  Error{bad_input} naming the picture and the reason; a picture that is cut short or damaged is refused, not filled with grey.
///         Error{failed} in a build without OpenCV
Image decode_image(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits = {});

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
