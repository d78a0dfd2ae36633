// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "app/series/min_max_pyramid.h"

namespace darkroom::app {

/// Rows of a series smoothed with one weight, and what is read off them.
///
/// Smoothing is TensorBoard's: m = w m + (1 - w) y, divided by 1 - w^n, over finite values only; other rows are NaN. Rows that are added in
/// pieces give the same values, to the bit, as all at once. Used by one thread at a time.
class SmoothCurve {
 public:
  /// weight  0 (none) to 0.999
  explicit SmoothCurve(double weight) : m_weight(weight) {}

  double weight() const { return m_weight; }
  size_t size() const { return m_values.size(); }
  const std::vector<float>& values() const { return m_values; }
  MinMax range(size_t first, size_t last) const { return m_pyramid.range(first, last, m_values); }
  /// Smallest value, NaN while there is none, and the row where it stands (-1).
  double best() const { return m_best; }
  int bestRow() const { return m_bestRow; }

  /// Adds the rows that are new in `rows`, which begins with those that were added before.
  void follow(std::span<const float> rows);

 private:
  float next(float value);

  double m_weight;
  std::vector<float> m_values;
  MinMaxPyramid m_pyramid;
  double m_mean = 0;
  double m_bias = 1;  ///< w^n
  double m_best = std::numeric_limits<double>::quiet_NaN();
  int m_bestRow = -1;
};

}  // namespace darkroom::app
