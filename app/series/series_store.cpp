// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/series_store.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {

SeriesStore::SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent) : QObject(parent), m_columns(std::move(columns)) {}

double SeriesStore::last() const {
  return m_lastRow < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(m_raw[static_cast<size_t>(m_lastRow)]);
}

double SeriesStore::lastSmoothed() const {
  return m_lastRow < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(smoothed()[static_cast<size_t>(m_lastRow)]);
}

float SeriesStore::smoothNext(float value) const {
  if (!std::isfinite(value)) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  m_smoothing.mean = m_weight * m_smoothing.mean + (1 - m_weight) * static_cast<double>(value);
  m_smoothing.bias *= m_weight;
  const double smoothed = m_smoothing.mean / (1 - m_smoothing.bias);
  if (!(smoothed >= m_smoothing.best)) {
    m_smoothing.best = smoothed;
    m_smoothing.bestRow = static_cast<int>(m_smoothing.values.size());
  }
  return static_cast<float>(smoothed);
}

const SeriesStore::Smoothing& SeriesStore::smoothing() const {
  if (m_smoothing.stale) {
    m_smoothing = Smoothing();
    m_smoothing.values.reserve(m_raw.size());
    for (const float value : m_raw) {
      m_smoothing.values.push_back(smoothNext(value));
    }
    m_smoothing.pyramid.assign(m_smoothing.values);
  }
  return m_smoothing;
}

void SeriesStore::append(float value) {
  if (std::isfinite(value)) {
    m_lastRow = count();
  }
  m_raw.push_back(value);
  m_rawPyramid.append(value);
  if (!m_smoothing.stale) {
    const float smoothed = smoothNext(value);
    m_smoothing.values.push_back(smoothed);
    m_smoothing.pyramid.append(smoothed);
  }
}

void SeriesStore::truncate(size_t size) {
  if (size >= m_raw.size()) {
    return;
  }
  m_rawPyramid.truncate(size, m_raw);
  m_raw.resize(size);
  m_lastRow = std::min(m_lastRow, count() - 1);
  while (m_lastRow >= 0 && !std::isfinite(m_raw[static_cast<size_t>(m_lastRow)])) {
    --m_lastRow;
  }
  m_smoothing.stale = true;
}

void SeriesStore::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight != m_weight) {
    m_weight = weight;
    m_smoothing.stale = true;
    emit changed();
  }
}

}  // namespace darkroom::app
