// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace darkroom {

/// IEEE 754 binary16 bit pattern -> float, exact.
float half_to_float(uint16_t half);

}  // namespace darkroom
