// SPDX-License-Identifier: Apache-2.0
// Reading and writing float32 and bfloat16 (as its bits) as float, in loops that are to vectorise.
#pragma once

#include <bit>
#include <cstdint>

namespace darkroom::kernels {

inline __attribute__((always_inline)) float load(float value) { return value; }
inline __attribute__((always_inline)) float load(uint16_t bf16) { return std::bit_cast<float>(static_cast<uint32_t>(bf16) << 16); }
inline __attribute__((always_inline)) void store(float value, float& to) { to = value; }
/// To the nearest bfloat16, ties to even.
inline __attribute__((always_inline)) void store(float value, uint16_t& to) {
  const auto bits = std::bit_cast<uint32_t>(value);
  to = static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

}  // namespace darkroom::kernels
