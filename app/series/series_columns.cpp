// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/series_columns.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {

void SeriesColumns::append(double step, double epoch, double images, double hours) {
  const double row[4] = {step, epoch, images, hours};
  for (int axis = 0; axis < 4; ++axis) {
    std::vector<double>& column = values[axis];
    column.push_back(column.empty() ? row[axis] : std::max(column.back(), row[axis]));
  }
}

void SeriesColumns::truncate(size_t size) {
  for (std::vector<double>& column : values) {
    column.resize(std::min(size, column.size()));
  }
}

size_t SeriesColumns::lowerBound(SeriesAxis::Kind axis, double value, size_t from) const {
  const std::vector<double>& column = values[axis];
  // Ever longer strides, then halving within the last one: whoever goes over a plot's columns looks a little further each time.
  size_t low = std::min(from, column.size());
  size_t high = low;
  for (size_t stride = 1; high < column.size() && column[high] < value; stride *= 2) {
    low = high + 1;
    high += stride;
  }
  const auto at = [&column](size_t row) { return column.begin() + static_cast<std::ptrdiff_t>(row); };
  return static_cast<size_t>(std::lower_bound(at(low), at(std::min(high, column.size())), value) - column.begin());
}

std::optional<size_t> SeriesColumns::nearest(SeriesAxis::Kind axis, double x) const {
  const std::vector<double>& column = values[axis];
  if (column.empty() || !std::isfinite(x)) {
    return std::nullopt;
  }
  const size_t row = std::min(lowerBound(axis, x), column.size() - 1);
  return row > 0 && x - column[row - 1] < column[row] - x ? row - 1 : row;
}

}  // namespace darkroom::app
