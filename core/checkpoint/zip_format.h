// SPDX-License-Identifier: Apache-2.0
// Records of the zip format that reader and writer share (APPNOTE.TXT 4.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace darkroom::zip {

inline constexpr uint32_t local_signature = 0x04034b50;
inline constexpr uint32_t descriptor_signature = 0x08074b50;
inline constexpr uint32_t central_signature = 0x02014b50;
inline constexpr uint32_t zip64_end_signature = 0x06064b50;
inline constexpr uint32_t zip64_locator_signature = 0x07064b50;
inline constexpr uint32_t end_signature = 0x06054b50;

inline constexpr size_t local_bytes = 30;
inline constexpr size_t central_bytes = 46;
inline constexpr size_t zip64_end_bytes = 56;
inline constexpr size_t zip64_locator_bytes = 20;
inline constexpr size_t end_bytes = 22;
inline constexpr size_t extra_head_bytes = 4;

inline constexpr uint16_t flag_descriptor = 0x0008;
inline constexpr uint16_t flag_utf8 = 0x0800;
inline constexpr uint16_t extra_zip64 = 0x0001;
inline constexpr uint16_t extra_unicode_path = 0x7075;
inline constexpr uint16_t extra_padding = 0x4246;  // "FB", as torch pads

// In a 32- or 16-bit field: the value stands in the zip64 record.
inline constexpr uint32_t in_zip64 = 0xFFFFFFFF;
inline constexpr uint16_t in_zip64_short = 0xFFFF;

/// Little-endian number of `count` bytes at `at`; the caller has checked that they are there.
inline uint64_t number(std::span<const std::byte> bytes, uint64_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= static_cast<uint64_t>(bytes[at + i]) << (8 * i);
  }
  return value;
}

/// Appends the `count` low bytes of a number, little-endian; zeros beyond the eighth.
inline void append_number(std::string& text, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    text += i < sizeof value ? static_cast<char>(value >> (8 * i)) : '\0';
  }
}

/// CRC-32 as zip uses it (ISO 3309) of `bytes` appended to what gave `crc` (0 at the start).
uint32_t crc32(uint32_t crc, std::span<const std::byte> bytes);

}  // namespace darkroom::zip
