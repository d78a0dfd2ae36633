// SPDX-License-Identifier: Apache-2.0
// What the writers of TensorBoard's and of W&B's event files have in common.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace darkroom {

/// The table of a CRC-32 that goes through each byte from its lowest bit.
///
/// polynomial  its bits in that order: 0xEDB88320 for zlib's CRC-32, 0x82F63B78 for CRC-32C
constexpr std::array<uint32_t, 256> make_crc_table(uint32_t polynomial) {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? (crc >> 1) ^ polynomial : crc >> 1;
    }
    table[i] = crc;
  }
  return table;
}

/// The number that the first bytes make, lowest first. There must be as many bytes as it has.
template <typename Number>
Number read_little_endian(std::string_view bytes) {
  Number value = 0;
  for (size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Number>(value | static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
  }
  return value;
}

}  // namespace darkroom
