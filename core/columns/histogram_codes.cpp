// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3, a copy for each level of x86-64: the loop has no branches, so the compiler makes vectors of it.
#include "core/columns/histogram_codes.h"

#include <algorithm>
#include <cmath>

namespace darkroom {
namespace {

using columns::CodeScale;

// A code of one value; NaN is empty.
[[gnu::always_inline]] inline int32_t code_of(double value, const CodeScale& scale) {
  const bool inside = value >= scale.low && value <= scale.high;
  const double place = inside ? (value - scale.low) * scale.scale : 0.0;
  int32_t code = std::min(static_cast<int32_t>(place), static_cast<int32_t>(scale.bins) - 1);
  code = value < scale.low ? columns::code_below : code;
  code = value > scale.high ? columns::code_above : code;
  return std::isnan(value) ? columns::code_empty : code;
}

DARKROOM_CLONES void encode(const uint16_t* values, uint64_t rows, const CodeScale& scale, uint8_t* codes) {
  for (uint64_t row = 0; row < rows; ++row) {
    const int32_t code = code_of(values[row], scale);
    codes[row] = static_cast<uint8_t>(values[row] == empty_u16 ? columns::code_empty : code);
  }
}

DARKROOM_CLONES void encode(const int32_t* values, uint64_t rows, const CodeScale& scale, uint8_t* codes) {
  for (uint64_t row = 0; row < rows; ++row) {
    const int32_t code = code_of(values[row], scale);
    codes[row] = static_cast<uint8_t>(values[row] == empty_i32 ? columns::code_empty : code);
  }
}

DARKROOM_CLONES void encode(const float* values, uint64_t rows, const CodeScale& scale, uint8_t* codes) {
  for (uint64_t row = 0; row < rows; ++row) {
    codes[row] = static_cast<uint8_t>(code_of(static_cast<double>(values[row]), scale));
  }
}

DARKROOM_CLONES void encode(const double* values, uint64_t rows, const CodeScale& scale, uint8_t* codes) {
  for (uint64_t row = 0; row < rows; ++row) {
    codes[row] = static_cast<uint8_t>(code_of(values[row], scale));
  }
}

}  // namespace

RoundView round_view(double low, double high) {
  double span = high - low;
  if (!(span > 0) || !std::isfinite(span)) {
    span = std::max(1.0, std::fabs(low) * 0.1);
    low -= span / 2;
    high = low + span;
  }
  const double step = std::pow(10.0, std::floor(std::log10(span)) - 1);
  return {std::floor(low / step) * step, std::ceil(high / step) * step};
}

CodeScale code_scale(double low, double high, unsigned bins) { return {low, high, static_cast<double>(bins) / (high - low), bins}; }

void encode_rows(const ColumnArrays& arrays, uint64_t first, uint64_t rows, const CodeScale& scale, uint8_t* codes) {
  switch (arrays.kind) {
    case NumberKind::u16:
      encode(static_cast<const uint16_t*>(arrays.numbers) + first, rows, scale, codes);
      break;
    case NumberKind::i32:
      encode(static_cast<const int32_t*>(arrays.numbers) + first, rows, scale, codes);
      break;
    case NumberKind::f32:
      if (arrays.exact != nullptr) {
        encode(arrays.exact + first, rows, scale, codes);
      } else {
        encode(static_cast<const float*>(arrays.numbers) + first, rows, scale, codes);
      }
      break;
    case NumberKind::none:
      std::fill_n(codes, rows, columns::code_empty);
      break;
  }
}

}  // namespace darkroom
