// SPDX-License-Identifier: Apache-2.0
// Loops over numbers as they come from the files. NaN and empty_i32 are empty.
#pragma once

#include <cstddef>
#include <span>

#include "core/columns/column_data.h"
#include "core/columns/number_extent.h"

namespace darkroom::columns {

NumberExtent extent_of(std::span<const int32_t> values);
NumberExtent extent_of(std::span<const float> values);
NumberExtent extent_of(std::span<const double> values);

/// Numbers as u16. False, and `out` is worthless, when one is not whole or not in 0 … empty_u16 - 1 (or is -0).
bool narrow(std::span<const int32_t> values, uint16_t* out);
bool narrow(std::span<const double> values, uint16_t* out);

/// Each rounded to nearest.
void narrow(std::span<const double> values, float* out);

}  // namespace darkroom::columns
