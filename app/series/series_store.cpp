// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/series_store.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace darkroom::app {

SeriesStore::SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent) : QObject(parent), m_columns(std::move(columns)) {
  connect(&m_smooth, &SmoothLine::replaced, this, [this] {
    emit resmoothed();
    emit changed();
  });
}

double SeriesStore::last() const {
  return m_lastRow < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(raw()[static_cast<size_t>(m_lastRow)]);
}

double SeriesStore::lastSmoothed() const {
  return m_lastRow < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(smoothed()[static_cast<size_t>(m_lastRow)]);
}

void SeriesStore::append(float value) {
  if (std::isfinite(value)) {
    m_lastRow = count();
  }
  m_raw.append(value);
  m_rawPyramid.append(value);
  m_smooth.rowCame();
}

void SeriesStore::truncate(size_t size) {
  if (size >= m_raw.size()) {
    return;
  }
  m_rawPyramid.truncate(size, raw());
  m_raw.truncate(size);
  m_lastRow = std::min(m_lastRow, count() - 1);
  while (m_lastRow >= 0 && !std::isfinite(raw()[static_cast<size_t>(m_lastRow)])) {
    --m_lastRow;
  }
  m_smooth.rowsLeft();
}

void SeriesStore::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight != m_smooth.weight()) {
    m_smooth.setWeight(weight);
    emit changed();
  }
}

}  // namespace darkroom::app
