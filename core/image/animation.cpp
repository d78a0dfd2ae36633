// SPDX-License-Identifier: Apache-2.0
// source  RFC 9649 section 2.7 (VP8X flags), PNG 3rd edition section 11.3.6 (acTL stands before the first IDAT)
#include "core/image/animation.h"

#include <string_view>

#include "core/image/byte_reader.h"

namespace darkroom {
namespace {

constexpr uint8_t webp_animation_flag = 0x02;

bool is_animated_png(std::span<const std::byte> bytes) {
  for (size_t at = 8; at + 12 <= bytes.size();) {
    const size_t length = big32(bytes, at);
    if (has_text(bytes, at + 4, "acTL")) {
      return true;
    }
    if (has_text(bytes, at + 4, "IDAT") || length > bytes.size() - at - 12) {
      return false;
    }
    at += 12 + length;
  }
  return false;
}

}  // namespace

bool is_animated(std::span<const std::byte> bytes) {
  if (has_text(bytes, 0, "GIF8")) {
    return true;
  }
  if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP") && has_text(bytes, 12, "VP8X")) {
    return (byte_at(bytes, 20) & webp_animation_flag) != 0;
  }
  return has_text(bytes, 0, "\x89PNG\r\n\x1A\n") && is_animated_png(bytes);
}

}  // namespace darkroom
