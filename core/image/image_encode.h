// SPDX-License-Identifier: Apache-2.0
// PNG files with text, written without an image library; and the text read back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/image.h"

namespace darkroom {

/// One text of a PNG file.
struct PngText {
  std::string keyword;  ///< 1…79 characters of printable Latin-1: "parameters", "darkroom"
  std::string text;     ///< UTF-8
  bool operator==(const PngText&) const = default;
};

/// A PNG file: 8-bit RGB, not interlaced, adaptive filters, compressed with zlib (stored where the build has none).
///
/// A text goes into a tEXt chunk when it is pure Latin-1, otherwise into an uncompressed iTXt chunk, as Pillow does.
/// level   of zlib, 0…9
/// throws  std::invalid_argument: an empty picture, a keyword that PNG does not allow, a text that is not UTF-8 or holds a NUL
std::string encode_png(const Image& image, std::span<const PngText> texts = {}, int level = 6);

/// encode_png into a file that appears complete, synced, by one rename. throws also Error{io}
void write_png(const std::filesystem::path& path, const Image& image, std::span<const PngText> texts = {});

/// The texts of a PNG file (tEXt, zTXt, iTXt), in the file's order, as UTF-8.
///
/// where   names the file in the error
/// throws  Error{bad_input}: not a PNG file, or one whose chunks are damaged before the end of the texts
std::vector<PngText> read_png_texts(std::span<const std::byte> bytes, std::string_view where);

/// read_png_texts of a file. throws also Error{not_found | io}
std::vector<PngText> read_png_texts(const std::filesystem::path& path);

/// The first text of that keyword.
std::optional<std::string> find_png_text(std::span<const PngText> texts, std::string_view keyword);

}  // namespace darkroom
