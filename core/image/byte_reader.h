// SPDX-License-Identifier: Apache-2.0
// Numbers and marks out of untrusted bytes. Positions beyond the end read as zero, so that a parser's checks may stand where they read
// best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace darkroom {

inline uint8_t byte_at(std::span<const std::byte> bytes, size_t at) {
  return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : uint8_t{0};
}

inline uint16_t big16(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

inline uint16_t little16(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) | byte_at(bytes, at + 1) << 8);
}

inline uint32_t big32(std::span<const std::byte> bytes, size_t at) {
  return static_cast<uint32_t>(big16(bytes, at)) << 16 | big16(bytes, at + 2);
}

inline uint32_t little32(std::span<const std::byte> bytes, size_t at) {
  return little16(bytes, at) | static_cast<uint32_t>(little16(bytes, at + 2)) << 16;
}

inline bool has_text(std::span<const std::byte> bytes, size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

}  // namespace darkroom
