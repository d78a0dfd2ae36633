// SPDX-License-Identifier: Apache-2.0
// EXIF as far as it says how a picture is to be shown and how it was made. A block is the TIFF structure alone, from "II" or "MM" on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/image/image_decode.h"

namespace darkroom {

namespace exif_tag {
inline constexpr uint16_t image_description = 0x010E;
inline constexpr uint16_t make = 0x010F;
inline constexpr uint16_t model = 0x0110;
inline constexpr uint16_t orientation = 0x0112;
inline constexpr uint16_t software = 0x0131;
inline constexpr uint16_t exif_directory = 0x8769;
inline constexpr uint16_t exif_version = 0x9000;
inline constexpr uint16_t maker_note = 0x927C;
inline constexpr uint16_t user_comment = 0x9286;
}  // namespace exif_tag

struct ExifFields {
  int orientation = 1;                    ///< 1…8; 1 where the block says nothing or nonsense
  std::string user_comment;               ///< UTF-8, the mark of its encoding taken off
  std::string maker_note;                 ///< bytes
  std::map<uint16_t, std::string> texts;  ///< the first directory's ASCII fields by tag, as UTF-8, without the final NUL
};

/// Reads a block. Never throws on what it holds: a field that lies outside it, or of a wrong type, counts as absent.
///
/// A UserComment may be "UNICODE" (UTF-16 in either byte order: a byte order mark decides, else where the zero bytes of Latin letters
/// stand, else big-endian as AUTOMATIC1111 writes), "ASCII", eight zero bytes, or plain UTF-8 without a mark. Pillow's users put
/// UserComment and MakerNote into the first directory too: both places are read. source  CIPA DC-008 (EXIF 2.32) 4.6.5 and 4.6.9, TIFF 6.0
/// section 2
ExifFields read_exif(std::span<const std::byte> bytes);

/// A big-endian block with Software "Darkroom", the comment as "UNICODE" with UTF-16BE (what AUTOMATIC1111 writes and reads), and the maker
/// note as it stands.
/// throws  std::invalid_argument: the comment is not valid UTF-8
std::string write_exif(std::string_view user_comment, std::string_view maker_note);

/// The file with the block in it: in a JPEG an APP1 segment behind the JFIF header, in a WebP the extended form with an EXIF chunk.
///
/// file    a JPEG or WebP file without EXIF
/// throws  Error{bad_input}: a block above the 65527 bytes that a JPEG segment can hold; std::invalid_argument: a file of another form
std::string insert_exif(std::string_view file, ImageFormat kind, std::string_view block);

}  // namespace darkroom
