// SPDX-License-Identifier: Apache-2.0
// Picture files with texts. PNG is written without an image library; JPEG and WebP need OpenCV.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/image/image.h"
#include "core/image/image_decode.h"
#include "core/image/image_texts.h"

namespace darkroom {

inline constexpr int default_quality = 90;

/// A PNG file: 8-bit RGB, not interlaced, adaptive filters, compressed with zlib (stored where the build has none).
///
/// A text goes into a tEXt chunk when it is pure Latin-1, otherwise into an uncompressed iTXt chunk, as Pillow does.
/// level   of zlib, 0…9
/// throws  std::invalid_argument: an empty picture, a keyword that PNG does not allow, a text that is not UTF-8 or holds a NUL
std::string encode_png(const Image& image, std::span<const PngText> texts = {}, int level = 6);

/// encode_png into a file that appears complete, synced, by one rename. throws also Error{io}
void write_png(const std::filesystem::path& path, const Image& image, std::span<const PngText> texts = {});

/// A file of any of the three formats. In JPEG and WebP the texts stand in EXIF (exif_of_texts); without texts there is no EXIF.
///
/// quality  1…100, without effect on PNG; a WebP of quality 100 is lossless
/// throws   std::invalid_argument: as encode_png, or a quality out of range; Error{bad_input}: texts above the 64 KiB of a JPEG's EXIF;
///          Error{failed}: JPEG or WebP in a build without OpenCV
std::string encode_image(const Image& image, ImageFormat kind, std::span<const PngText> texts = {}, int quality = default_quality);

/// The format that a file's name asks for: .png, .jpg, .jpeg or .webp, in any case. throws Error{usage} for other names
ImageFormat image_format_of(const std::filesystem::path& path);

/// encode_image, in the format of the name, into a file that appears complete, synced, by one rename. throws also Error{usage | io}
void write_image(const std::filesystem::path& path, const Image& image, std::span<const PngText> texts = {}, int quality = default_quality);

}  // namespace darkroom
