// SPDX-License-Identifier: GPL-3.0-or-later
// From a series of any length to what a screen can show of it.
#pragma once

#include <QList>

#include "app/series/axis_range.h"
#include "app/series/series_store.h"

namespace darkroom::app {

enum class LineKind { raw, smoothed };

/// The vertices of a line, x ascending; finite values only.
struct LinePoints {
  QList<double> x;
  QList<double> y;
};

/// The part of a series that `shown` holds, and one row to each side so that the line runs to the edge. Every row where there are few, else
/// four vertices a pixel column: its first value, minimum, maximum and last value, so that no spike is lost.
LinePoints linePoints(const SeriesStore& series, LineKind kind, SeriesAxis::Kind axis, AxisRange shown, int pixels);

/// The same with one vertex a pixel column where rows are dense, in the middle between minimum and maximum: for lines over others, which
/// may be dashed. A dashed line that runs up and down in every column takes a second to stroke.
LinePoints middlePoints(const SeriesStore& series, LineKind kind, SeriesAxis::Kind axis, AxisRange shown, int pixels);

/// The band between the raw values' minima and maxima.
struct RangeBand {
  QList<double> x;
  QList<double> low;
  QList<double> high;
};

/// A point every second pixel up to the newest row; each looks 6 px to both sides.
RangeBand rangeBand(const SeriesStore& series, SeriesAxis::Kind axis, AxisRange shown, int pixels);

/// Value at a quantile (0 to 1) of values in any order; NaN when there are none.
double quantile(QList<double> values, double q);

}  // namespace darkroom::app
