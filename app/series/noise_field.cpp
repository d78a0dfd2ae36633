// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/noise_field.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace darkroom::app {

NoiseField::NoiseField(std::shared_ptr<const SeriesColumns> columns, int bins, QObject* parent)
    : QObject(parent), m_columns(std::move(columns)), m_bins(bins) {}

void NoiseField::append(std::span<const double> values) {
  for (int bin = 0; bin < m_bins; ++bin) {
    const auto place = static_cast<size_t>(bin);
    m_values.push_back(place < values.size() ? static_cast<float>(values[place]) : std::numeric_limits<float>::quiet_NaN());
  }
  const size_t rows = count();
  if (rows % kBlock != 0) {
    return;
  }
  for (int bin = 0; bin < m_bins; ++bin) {
    Sum sum;
    for (size_t row = rows - kBlock; row < rows; ++row) {
      if (const float value = at(row, bin); std::isfinite(value)) {
        sum.sum += static_cast<double>(value);
        ++sum.count;
      }
    }
    m_blocks.push_back(sum);
  }
}

void NoiseField::truncate(size_t size) {
  if (size < count()) {
    m_values.resize(size * static_cast<size_t>(m_bins));
    m_blocks.resize(size / kBlock * static_cast<size_t>(m_bins));
  }
}

double NoiseField::mean(size_t first, size_t last, int bin) const {
  last = std::min(last, count());
  Sum all;
  const auto add = [&](size_t row) {
    if (const float value = at(row, bin); std::isfinite(value)) {
      all.sum += static_cast<double>(value);
      ++all.count;
    }
  };
  for (; first < last && first % kBlock != 0; ++first) {
    add(first);
  }
  for (; first + kBlock <= last; first += kBlock) {
    const Sum& block = m_blocks[first / kBlock * static_cast<size_t>(m_bins) + static_cast<size_t>(bin)];
    all.sum += block.sum;
    all.count += block.count;
  }
  for (; first < last; ++first) {
    add(first);
  }
  return all.count > 0 ? all.sum / all.count : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace darkroom::app
