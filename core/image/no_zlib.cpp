// SPDX-License-Identifier: Apache-2.0
// Without zlib a PNG file is still written: deflate allows stored blocks (RFC 1951, 3.2.4), at the price of the file's size.
#include <algorithm>
#include <array>

#include "core/base/format.h"
#include "core/image/deflate.h"

namespace darkroom {
namespace {

constexpr size_t largest_block = 65535;

std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t value = n;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? 0xEDB88320U ^ value >> 1 : value >> 1;
    }
    table[n] = value;
  }
  return table;
}

uint32_t adler32(std::string_view bytes) {
  constexpr uint32_t modulus = 65521;
  uint32_t a = 1;
  uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<uint8_t>(c)) % modulus;
    b = (b + a) % modulus;
  }
  return b << 16 | a;
}

}  // namespace

std::string zlib_compress(std::string_view bytes, int) {
  std::string stream("\x78\x01", 2);
  size_t at = 0;
  do {
    const size_t length = std::min(bytes.size() - at, largest_block);
    stream += static_cast<char>(at + length == bytes.size() ? 1 : 0);
    stream += static_cast<char>(length & 0xFF);
    stream += static_cast<char>(length >> 8);
    stream += static_cast<char>(~length & 0xFF);
    stream += static_cast<char>(~length >> 8 & 0xFF);
    stream.append(bytes.substr(at, length));
    at += length;
  } while (at < bytes.size());
  const uint32_t checksum = adler32(bytes);
  for (int shift = 24; shift >= 0; shift -= 8) {
    stream += static_cast<char>(checksum >> shift & 0xFFU);
  }
  return stream;
}

std::string zlib_decompress(std::string_view, uint64_t, std::string_view where) {
  fail(ErrorCode::failed, "{}: this engine was built without zlib and cannot unpack compressed text. Install zlib and build again.", where);
}

uint32_t crc32_append(uint32_t crc, std::string_view bytes) {
  static const std::array<uint32_t, 256> table = make_crc_table();
  crc = ~crc;
  for (const char c : bytes) {
    crc = table[(crc ^ static_cast<uint8_t>(c)) & 0xFFU] ^ crc >> 8;
  }
  return ~crc;
}

}  // namespace darkroom
