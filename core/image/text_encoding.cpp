// SPDX-License-Identifier: Apache-2.0
#include "core/image/text_encoding.h"

namespace darkroom {

std::optional<std::vector<char32_t>> decode_utf8(std::string_view text) {
  std::vector<char32_t> points;
  points.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i]);
    const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) {
      return std::nullopt;
    }
    char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) {
        return std::nullopt;
      }
      point = point << 6 | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) {
      return std::nullopt;
    }
    points.push_back(point);
    i += length;
  }
  return points;
}

std::optional<std::string> utf8_to_latin1(std::string_view text) {
  const auto points = decode_utf8(text);
  if (!points) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(points->size());
  for (const char32_t point : *points) {
    if (point > 0xFF) {
      return std::nullopt;
    }
    bytes += static_cast<char>(point);
  }
  return bytes;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto value = static_cast<uint8_t>(c);
    if (value < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | value >> 6);
      text += static_cast<char>(0x80U | (value & 0x3FU));
    }
  }
  return text;
}

}  // namespace darkroom
