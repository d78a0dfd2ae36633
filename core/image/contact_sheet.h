// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/image/image.h"

namespace darkroom {

/// Pictures side by side on one sheet, row by row, in equal cells with `gap` pixels of neutral grey between and around them.
///
/// A picture smaller than the largest one is centred in its cell.
/// columns  at least 1
/// throws   std::invalid_argument: no pictures, or columns or gap out of range
Image contact_sheet(std::span<const Image> pictures, int columns, int gap = 4);

}  // namespace darkroom
