// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <optional>
#include <vector>

namespace darkroom::app {

/// What stands on the horizontal axis. All lines of one run share these columns.
class SeriesAxis : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("An enumeration")

 public:
  enum Kind {
    Step,    ///< optimiser steps
    Epoch,   ///< epochs over all phases, fractional
    Images,  ///< training images seen
    Time,    ///< hours of training since the run's first row (pauses left out)
  };
  Q_ENUM(Kind)
};

/// The x values of one run's rows, one column an axis; each column never decreases. GUI thread only.
struct SeriesColumns {
  std::vector<double> values[4];  ///< by SeriesAxis::Kind

  size_t size() const { return values[0].size(); }
  void append(double step, double epoch, double images, double hours);
  void truncate(size_t size);
  /// First row from row `from` on whose x is >= value; at once where it is near `from`.
  size_t lowerBound(SeriesAxis::Kind axis, double value, size_t from = 0) const;
  /// The row nearest to x, of two that are as near the later one. Absent while there are no rows, or when x is not finite.
  std::optional<size_t> nearest(SeriesAxis::Kind axis, double x) const;
};

}  // namespace darkroom::app
