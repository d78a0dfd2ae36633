// SPDX-License-Identifier: Apache-2.0
// Reads JPEG, PNG and WebP headers without decoding, so that limits are checked before an image library sees a byte.
// source  ITU T.81 annex B (JPEG markers), PNG 3rd edition, RFC 9649 (WebP)
#include "core/image/image_header.h"

#include "core/base/format.h"
#include "core/image/byte_reader.h"
#include "core/image/exif.h"

namespace darkroom {
namespace {

constexpr size_t trailing_bytes = 4096;  // some cameras write a little after the end marker

[[noreturn]] void fail_short(std::string_view where, std::string_view format_name) {
  fail(ErrorCode::bad_input, "{}: the {} file is cut short", where, format_name);
}

ImageInfo read_jpeg_header(std::span<const std::byte> bytes, std::string_view where) {
  ImageInfo info{.format = ImageFormat::jpeg};
  size_t at = 2;
  while (true) {
    if (at + 4 > bytes.size()) {
      fail_short(where, "JPEG");
    }
    if (byte_at(bytes, at) != 0xFF) {
      fail(ErrorCode::bad_input, "{}: damaged JPEG: expected a marker at byte {}", where, at);
    }
    const uint8_t marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const size_t length = big16(bytes, at + 2);
    if (length < 2 || at + 2 + length > bytes.size()) {
      fail_short(where, "JPEG");
    }
    const auto segment = bytes.subspan(at + 4, length - 2);
    if (marker == 0xE1 && has_text(segment, 0, std::string_view("Exif\0\0", 6))) {
      info.exif = segment.subspan(6);
    }
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      if (segment.size() < 6) {
        fail_short(where, "JPEG");
      }
      info.height = big16(segment, 1);
      info.width = big16(segment, 3);
      return info;
    }
    if (marker == 0xDA || marker == 0xD9) {
      fail(ErrorCode::bad_input, "{}: damaged JPEG: no frame header before the picture data", where);
    }
    at += 2 + length;
  }
}

ImageInfo read_png_header(std::span<const std::byte> bytes, std::string_view where) {
  if (bytes.size() < 33 || !has_text(bytes, 12, "IHDR")) {
    fail_short(where, "PNG");
  }
  ImageInfo info{.format = ImageFormat::png};
  const uint32_t width = big32(bytes, 16);
  const uint32_t height = big32(bytes, 20);
  info.width = width > INT32_MAX ? INT32_MAX : static_cast<int>(width);
  info.height = height > INT32_MAX ? INT32_MAX : static_cast<int>(height);
  size_t at = 8;
  while (at + 12 <= bytes.size()) {
    const size_t length = big32(bytes, at);
    if (length > bytes.size() - at - 12) {
      break;
    }
    if (has_text(bytes, at + 4, "eXIf")) {
      info.exif = bytes.subspan(at + 8, length);
    }
    at += 12 + length;
  }
  return info;
}

ImageInfo read_webp_header(std::span<const std::byte> bytes, std::string_view where) {
  ImageInfo info{.format = ImageFormat::webp};
  if (bytes.size() < 30) {
    fail_short(where, "WebP");
  }
  if (has_text(bytes, 12, "VP8 ")) {
    info.width = little16(bytes, 26) & 0x3FFF;
    info.height = little16(bytes, 28) & 0x3FFF;
  } else if (has_text(bytes, 12, "VP8L")) {
    const uint32_t packed = little32(bytes, 21);
    info.width = static_cast<int>(packed & 0x3FFF) + 1;
    info.height = static_cast<int>(packed >> 14 & 0x3FFF) + 1;
  } else if (has_text(bytes, 12, "VP8X")) {
    info.width = static_cast<int>(little32(bytes, 24) & 0xFFFFFF) + 1;
    info.height = static_cast<int>(little32(bytes, 26) >> 8) + 1;
    if ((byte_at(bytes, 20) & 0x02U) != 0) {
      fail(ErrorCode::bad_input, "{}: an animated WebP is not a picture", where);
    }
    for (size_t at = 12; at + 8 <= bytes.size();) {
      const size_t length = little32(bytes, at + 4);
      if (length > bytes.size() - at - 8) {
        break;
      }
      if (has_text(bytes, at, "EXIF")) {
        auto exif = bytes.subspan(at + 8, length);
        if (has_text(exif, 0, std::string_view("Exif\0\0", 6))) {
          exif = exif.subspan(6);
        }
        info.exif = exif;
      }
      at += 8 + length + (length & 1);
    }
  } else {
    fail(ErrorCode::bad_input, "{}: damaged WebP: no picture chunk after the header", where);
  }
  return info;
}

}  // namespace

std::string_view image_format_name(ImageFormat kind) {
  switch (kind) {
    case ImageFormat::jpeg:
      return "JPEG";
    case ImageFormat::png:
      return "PNG";
    case ImageFormat::webp:
      return "WebP";
  }
  return "";
}

bool is_complete_image(std::span<const std::byte> bytes, ImageFormat kind) {
  switch (kind) {
    case ImageFormat::jpeg: {
      const size_t begin = bytes.size() > trailing_bytes ? bytes.size() - trailing_bytes : 0;
      for (size_t at = bytes.size() - 1; at-- > begin;) {
        if (byte_at(bytes, at) == 0xFF && byte_at(bytes, at + 1) == 0xD9) {
          return true;
        }
      }
      return false;
    }
    case ImageFormat::png:
      for (size_t at = 8; at + 12 <= bytes.size();) {
        const size_t length = big32(bytes, at);
        if (length > bytes.size() - at - 12) {
          return false;
        }
        if (has_text(bytes, at + 4, "IEND")) {
          return true;
        }
        at += 12 + length;
      }
      return false;
    case ImageFormat::webp:
      return bytes.size() >= size_t{8} + little32(bytes, 4);
  }
  return false;
}

ImageInfo read_image_info(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  ImageInfo info;
  if (has_text(bytes, 0, "\xFF\xD8\xFF")) {
    info = read_jpeg_header(bytes, where);
  } else if (has_text(bytes, 0, "\x89PNG\r\n\x1A\n")) {
    info = read_png_header(bytes, where);
  } else if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) {
    info = read_webp_header(bytes, where);
  } else if (bytes.empty()) {
    fail(ErrorCode::bad_input, "{}: the file is empty", where);
  } else {
    fail(ErrorCode::bad_input, "{}: not a JPEG, PNG or WebP file", where);
  }
  info.orientation = read_exif(info.exif).orientation;
  if (info.width < 1 || info.height < 1) {
    fail(ErrorCode::bad_input, "{}: the header gives a size of {}x{} pixels", where, info.width, info.height);
  }
  if (info.width > limits.max_side || info.height > limits.max_side) {
    fail(ErrorCode::bad_input, "{}: {}x{} pixels; a side may have at most {}", where, info.width, info.height, limits.max_side);
  }
  if (static_cast<int64_t>(info.width) * info.height > limits.max_pixels) {
    fail(ErrorCode::bad_input, "{}: {}x{} pixels; at most {} million are read", where, info.width, info.height, limits.max_pixels >> 20);
  }
  return info;
}

}  // namespace darkroom
