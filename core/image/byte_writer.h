// SPDX-License-Identifier: Apache-2.0
// Numbers as the bytes of a file. The lowest bits are written; what does not fit is cut off.
#pragma once

#include <cstddef>
#include <string>

namespace darkroom {

inline void append_big16(std::string& bytes, size_t value) {
  bytes += static_cast<char>(value >> 8 & 0xFFU);
  bytes += static_cast<char>(value & 0xFFU);
}

inline void append_big32(std::string& bytes, size_t value) {
  append_big16(bytes, value >> 16);
  append_big16(bytes, value);
}

inline void append_little32(std::string& bytes, size_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(value >> shift & 0xFFU);
  }
}

}  // namespace darkroom
