// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/columns/column_data.h"
#include "core/columns/scan_kernels.h"

namespace darkroom {

struct RoundView {
  double low = 0;
  double high = 1;
};

/// The view [low, high] widened to round numbers of about two digits; never empty.
RoundView round_view(double low, double high);

columns::CodeScale code_scale(double low, double high, unsigned bins);

/// Codes of rows first … first + rows - 1 (scan_kernels.h), written to `codes`. Rounded columns are coded by their exact numbers.
void encode_rows(const ColumnArrays& arrays, uint64_t first, uint64_t rows, const columns::CodeScale& scale, uint8_t* codes);

}  // namespace darkroom
