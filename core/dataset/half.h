// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace darkroom {

/// IEEE 754 binary16 bit pattern -> float, exact.
float half_to_float(uint16_t half);

/// Neither an infinity nor a NaN.
constexpr bool half_is_finite(uint16_t half) { return (half & 0x7C00U) != 0x7C00U; }

}  // namespace darkroom
