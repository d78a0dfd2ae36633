// SPDX-License-Identifier: Apache-2.0
// What a picture's file says before any pixel is decoded; needs no image library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

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

/// Reads the header alone.
///
/// where   names the picture in the error
/// throws  Error{bad_input} "<where>: not a JPEG, PNG or WebP file", "… is cut short", "… has 40000x10 pixels, more than …"
ImageInfo read_image_info(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits = {});

/// Whether the file reaches its end mark: what a cut download lacks. libjpeg fills what is missing with grey and only warns.
/// bytes   begin as a file of that format
bool is_complete_image(std::span<const std::byte> bytes, ImageFormat kind);

}  // namespace darkroom
