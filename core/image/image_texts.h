// SPDX-License-Identifier: Apache-2.0
// The texts that a picture file carries, whatever its format, under the keywords that PNG gives them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// One text of a PNG file, or what stands for it in EXIF.
struct PngText {
  std::string keyword;  ///< 1…79 characters of printable Latin-1: "parameters", "darkroom"
  std::string text;     ///< UTF-8
  bool operator==(const PngText&) const = default;
};

/// The texts of a PNG file (tEXt, zTXt, iTXt), in the file's order, as UTF-8.
///
/// where   names the file in the error
/// throws  Error{bad_input}: not a PNG file, or one whose chunks are damaged before the end of the texts
std::vector<PngText> read_png_texts(std::span<const std::byte> bytes, std::string_view where);

/// read_png_texts of a file. throws also Error{not_found | io}
std::vector<PngText> read_png_texts(const std::filesystem::path& path);

/// The texts of a JPEG, PNG or WebP file. What stands in EXIF comes first, as it overrides a PNG's chunks in AUTOMATIC1111's reader too:
///
/// UserComment is "parameters"; our MakerNote is "darkroom", one that names Fooocus's scheme "fooocus_scheme"; ImageDescription is
/// "Description", Software "Software"; an ASCII field "name:{…" of the first directory is the text `name` (ComfyUI's way).
/// throws  Error{bad_input}: another format, or a damaged file
std::vector<PngText> read_image_texts(std::span<const std::byte> bytes, std::string_view where);

/// read_image_texts of a file. throws also Error{not_found | io}
std::vector<PngText> read_image_texts(const std::filesystem::path& path);

/// The first text of that keyword.
std::optional<std::string> find_png_text(std::span<const PngText> texts, std::string_view keyword);

/// Which EXIF field holds a text in JPEG and WebP files: "parameters" UserComment, "darkroom" MakerNote. An EXIF block of those two.
/// throws  std::invalid_argument: another keyword, or a text that is not valid UTF-8
std::string exif_of_texts(std::span<const PngText> texts);

}  // namespace darkroom
