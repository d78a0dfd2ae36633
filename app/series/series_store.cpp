// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/series_store.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {

SeriesStore::SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent) : QObject(parent), m_columns(std::move(columns)) {}

double SeriesStore::last() const {
  const auto found = std::find_if(m_raw.rbegin(), m_raw.rend(), [](float value) { return std::isfinite(value); });
  return found == m_raw.rend() ? std::numeric_limits<double>::quiet_NaN() : *found;
}

double SeriesStore::lastSmoothed() const {
  const auto found = std::find_if(m_smoothed.rbegin(), m_smoothed.rend(), [](float value) { return std::isfinite(value); });
  return found == m_smoothed.rend() ? std::numeric_limits<double>::quiet_NaN() : *found;
}

void SeriesStore::smoothNext(float value) {
  if (std::isfinite(value)) {
    m_mean = m_weight * m_mean + (1 - m_weight) * value;
    m_bias *= m_weight;
    const double smoothed = m_mean / (1 - m_bias);
    m_smoothed.push_back(static_cast<float>(smoothed));
    if (!(smoothed >= m_best)) {
      m_best = smoothed;
      m_bestRow = static_cast<int>(m_smoothed.size()) - 1;
    }
  } else {
    m_smoothed.push_back(std::numeric_limits<float>::quiet_NaN());
  }
  m_smoothedPyramid.append(m_smoothed.back());
}

void SeriesStore::append(float value) {
  m_raw.push_back(value);
  m_rawPyramid.append(value);
  smoothNext(value);
}

void SeriesStore::smoothAgain() {
  m_smoothed.clear();
  m_smoothed.reserve(m_raw.size());
  m_smoothedPyramid.clear();
  m_mean = 0;
  m_bias = 1;
  m_best = std::numeric_limits<double>::quiet_NaN();
  m_bestRow = -1;
  for (const float value : m_raw) {
    smoothNext(value);
  }
}

void SeriesStore::truncate(size_t size) {
  if (size >= m_raw.size()) {
    return;
  }
  m_rawPyramid.truncate(size, m_raw);
  m_raw.resize(size);
  smoothAgain();
}

void SeriesStore::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight == m_weight) {
    return;
  }
  m_weight = weight;
  smoothAgain();
  emit changed();
}

}  // namespace darkroom::app
