// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace darkroom {

/// What the numbers of a column are, as far as it decides how they are kept.
struct NumberExtent {
  uint64_t empty = 0;
  double min = std::numeric_limits<double>::infinity();  ///< of the finite numbers; min > max when there are none
  double max = -std::numeric_limits<double>::infinity();
  bool infinite = false;
  bool whole = true;  ///< only whole numbers, and no -0
  bool fits_f32 = true;

  void add(const NumberExtent& other) {
    empty += other.empty;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    infinite = infinite || other.infinite;
    whole = whole && other.whole;
    fits_f32 = fits_f32 && other.fits_f32;
  }
  /// Whether all are whole numbers from low to high; also when there are none.
  bool within(double low, double high) const { return min > max ? !infinite : whole && !infinite && min >= low && max <= high; }
};

}  // namespace darkroom
