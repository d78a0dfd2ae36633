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

void append_utf8(std::string& text, char32_t point) {
  const int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr uint8_t lead[] = {0x00, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(lead[more] | point >> 6 * more);
  for (int left = more - 1; left >= 0; --left) {
    text += static_cast<char>(0x80U | (point >> 6 * left & 0x3FU));
  }
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    append_utf8(text, static_cast<uint8_t>(c));
  }
  return text;
}

std::string utf8_or_latin1(std::string_view text) { return decode_utf8(text) ? std::string(text) : latin1_to_utf8(text); }

std::optional<std::string> utf8_to_utf16(std::string_view text, ByteOrder order) {
  const auto points = decode_utf8(text);
  if (!points) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(points->size() * 2);
  const auto append = [&](char32_t unit) {
    const auto high = static_cast<char>(unit >> 8);
    const auto low = static_cast<char>(unit & 0xFFU);
    bytes += order == ByteOrder::big ? high : low;
    bytes += order == ByteOrder::big ? low : high;
  };
  for (const char32_t point : *points) {
    if (point < 0x10000) {
      append(point);
    } else {
      append(0xD800 + ((point - 0x10000) >> 10));
      append(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
  }
  return bytes;
}

std::string utf16_to_utf8(std::string_view bytes, ByteOrder order) {
  constexpr char32_t replacement = 0xFFFD;
  const auto unit_at = [&](size_t i) {
    const auto first = static_cast<uint8_t>(bytes[2 * i]);
    const auto second = static_cast<uint8_t>(bytes[2 * i + 1]);
    return static_cast<char32_t>(order == ByteOrder::big ? first << 8 | second : second << 8 | first);
  };
  const size_t count = bytes.size() / 2;
  std::string text;
  text.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const char32_t unit = unit_at(i);
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    if (high && i + 1 < count && unit_at(i + 1) >= 0xDC00 && unit_at(i + 1) < 0xE000) {
      append_utf8(text, 0x10000 + ((unit - 0xD800) << 10) + (unit_at(i + 1) - 0xDC00));
      ++i;
    } else if (unit >= 0xD800 && unit < 0xE000) {
      append_utf8(text, replacement);
    } else if (i > 0 || unit != 0xFEFF) {
      append_utf8(text, unit);
    }
  }
  return text;
}

}  // namespace darkroom
