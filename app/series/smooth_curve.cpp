// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/smooth_curve.h"

#include <cmath>

namespace darkroom::app {

float SmoothCurve::next(float value) {
  if (!std::isfinite(value)) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  m_mean = m_weight * m_mean + (1 - m_weight) * static_cast<double>(value);
  m_bias *= m_weight;
  const double smoothed = m_mean / (1 - m_bias);
  if (!(smoothed >= m_best)) {
    m_best = smoothed;
    m_bestRow = static_cast<int>(m_values.size());
  }
  return static_cast<float>(smoothed);
}

void SmoothCurve::follow(std::span<const float> rows) {
  const size_t before = size();
  if (rows.size() <= before) {
    return;
  }
  if (before == 0) {
    m_values.reserve(rows.size());
  }
  for (const float value : rows.subspan(before)) {
    m_values.push_back(next(value));
  }
  if (before == 0) {
    m_pyramid.assign(m_values);
    return;
  }
  for (size_t row = before; row < m_values.size(); ++row) {
    m_pyramid.append(m_values[row]);
  }
}

}  // namespace darkroom::app
