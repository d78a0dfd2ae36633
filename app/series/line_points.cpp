// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/line_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace darkroom::app {
namespace {

constexpr int kBandReach = 6;          ///< px to each side that the range band looks at
constexpr size_t kVerticesAPixel = 4;  ///< more than these are not to be told apart

}  // namespace

LinePoints middlePoints(const SeriesStore& series, LineKind kind, SeriesAxis::Kind axis, AxisRange shown, int pixels) {
  const SeriesColumns& columns = series.columns();
  const size_t rows = std::min(columns.size(), series.raw().size());
  const size_t first = std::min(columns.lowerBound(axis, shown.from), rows);
  const size_t last = std::min(rows, columns.lowerBound(axis, shown.to) + 1);
  if (last <= first + kVerticesAPixel * static_cast<size_t>(pixels)) {
    return linePoints(series, kind, axis, shown, pixels);
  }
  LinePoints points;
  const double width = shown.size() / pixels;
  size_t row = first;
  for (int pixel = 0; pixel <= pixels && row < last; ++pixel) {
    const double left = shown.from + pixel * width;
    const size_t next = std::min(columns.lowerBound(axis, left + width, row), last);
    const MinMax range = kind == LineKind::smoothed ? series.smoothedRange(row, next) : series.rawRange(row, next);
    if (range.min <= range.max) {
      points.x.push_back(left + width / 2);
      points.y.push_back((static_cast<double>(range.min) + static_cast<double>(range.max)) / 2);
    }
    row = next;
  }
  return points;
}

LinePoints linePoints(const SeriesStore& series, LineKind kind, SeriesAxis::Kind axis, AxisRange shown, int pixels) {
  LinePoints points;
  const SeriesColumns& columns = series.columns();
  const std::vector<double>& x = columns.values[axis];
  const std::vector<float>& y = kind == LineKind::smoothed ? series.smoothed() : series.raw();
  const size_t rows = std::min(x.size(), y.size());
  const auto push = [&points](double at, float value) {
    if (std::isfinite(value)) {
      points.x.push_back(at);
      points.y.push_back(static_cast<double>(value));
    }
  };
  size_t row = std::min(columns.lowerBound(axis, shown.from), rows);
  row = row > 0 ? row - 1 : 0;
  const size_t end = std::min(rows, columns.lowerBound(axis, shown.to) + 1);
  if (end <= row) {
    return points;
  }
  if (end - row <= kVerticesAPixel * static_cast<size_t>(pixels)) {
    for (; row < end; ++row) {
      push(x[row], y[row]);
    }
    return points;
  }
  const double width = shown.size() / pixels;
  for (int pixel = 0; pixel <= pixels && row < end; ++pixel) {
    const double left = shown.from + pixel * width;
    const size_t next = std::min(columns.lowerBound(axis, left + width, row), end);
    if (next - row <= kVerticesAPixel) {
      for (; row < next; ++row) {
        push(x[row], y[row]);
      }
      continue;
    }
    const MinMax range = kind == LineKind::smoothed ? series.smoothedRange(row, next) : series.rawRange(row, next);
    push(left, y[row]);
    push(left + width * 0.33, range.min);
    push(left + width * 0.66, range.max);
    push(left + width * 0.99, y[next - 1]);
    row = next;
  }
  return points;
}

RangeBand rangeBand(const SeriesStore& series, SeriesAxis::Kind axis, AxisRange shown, int pixels) {
  RangeBand band;
  const SeriesColumns& columns = series.columns();
  if (columns.size() == 0) {
    return band;
  }
  const double newest = columns.values[axis].back();
  const double width = shown.size() / pixels;
  size_t first = columns.lowerBound(axis, shown.from - kBandReach * width);
  size_t last = first;
  for (int pixel = 0; pixel <= pixels; pixel += 2) {
    const double x = shown.from + pixel * width;
    first = columns.lowerBound(axis, x - kBandReach * width, first);
    last = columns.lowerBound(axis, x + kBandReach * width, last);
    const MinMax range = series.rawRange(first, last);
    if (range.min <= range.max && x <= newest) {
      band.x.push_back(x);
      band.low.push_back(static_cast<double>(range.min));
      band.high.push_back(static_cast<double>(range.max));
    }
  }
  return band;
}

double quantile(QList<double> values, double q) {
  if (values.isEmpty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const qsizetype at = std::clamp<qsizetype>(static_cast<qsizetype>(q * static_cast<double>(values.size() - 1)), 0, values.size() - 1);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[at];
}

}  // namespace darkroom::app
