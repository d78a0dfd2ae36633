// SPDX-License-Identifier: Apache-2.0
// Sliced by eight bytes (Kounavis and Berry, "A systematic approach to building high performance, software-based, CRC generators", 2005):
// a checkpoint has gigabytes, and zlib is not in every build.
#include "core/checkpoint/zip_format.h"

namespace darkroom::zip {
namespace {

constexpr uint32_t polynomial = 0xEDB88320;
constexpr size_t slices = 8;

constexpr std::array<std::array<uint32_t, 256>, slices> make_tables() {
  std::array<std::array<uint32_t, 256>, slices> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
    }
    tables[0][i] = crc;
  }
  for (size_t slice = 1; slice < slices; ++slice) {
    for (size_t i = 0; i < 256; ++i) {
      const uint32_t before = tables[slice - 1][i];
      tables[slice][i] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr auto tables = make_tables();

}  // namespace

uint32_t crc32(uint32_t crc, std::span<const std::byte> bytes) {
  crc = ~crc;
  while (bytes.size() >= slices) {
    const uint64_t word = number(bytes, 0, slices) ^ crc;
    crc = 0;
    for (size_t i = 0; i < slices; ++i) {
      crc ^= tables[slices - 1 - i][word >> (8 * i) & 0xFFU];
    }
    bytes = bytes.subspan(slices);
  }
  for (const std::byte byte : bytes) {
    crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<uint32_t>(byte)) & 0xFFU];
  }
  return ~crc;
}

}  // namespace darkroom::zip
