// SPDX-License-Identifier: GPL-3.0-or-later
// One line of a plot, kept whole: every point, its smoothed value, and a pyramid of minima and maxima for drawing a million points.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <limits>
#include <memory>
#include <vector>

#include "app/series/min_max_pyramid.h"
#include "app/series/series_columns.h"

namespace darkroom::app {

/// One metric over a run: raw values, smoothed values, pyramids. Appended by the run's view model, read by plots. GUI thread only.
///
/// Smoothing is TensorBoard's: m = w m + (1 - w) y, divided by 1 - w^n, over finite values only.
class SeriesStore : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ count NOTIFY changed)

 public:
  explicit SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent = nullptr);

  int count() const { return static_cast<int>(m_raw.size()); }
  /// Newest finite raw and smoothed value; NaN while there is none.
  double last() const;
  double lastSmoothed() const;
  /// Smallest smoothed value, and the row where it stands (-1 while there is none).
  double best() const { return smoothing().best; }
  int bestRow() const { return smoothing().bestRow; }

  /// Adds the value of the row that was just appended to the columns; NaN where the row has none. Emits nothing: see `announce`.
  void append(float value);
  void truncate(size_t size);
  /// Sets the smoothing weight, 0 (none) to 0.999; what is there is smoothed again when somebody looks at it.
  void setSmoothing(double weight);
  /// Tells plots that rows were added or taken away.
  void announce() { emit changed(); }

  const SeriesColumns& columns() const { return *m_columns; }
  const std::vector<float>& raw() const { return m_raw; }
  const std::vector<float>& smoothed() const { return smoothing().values; }
  MinMax rawRange(size_t first, size_t last) const { return m_rawPyramid.range(first, last, m_raw); }
  MinMax smoothedRange(size_t first, size_t last) const { return smoothing().pyramid.range(first, last, smoothing().values); }

 signals:
  void changed();

 private:
  struct Smoothing {
    std::vector<float> values;
    MinMaxPyramid pyramid;
    double mean = 0;
    double bias = 1;  ///< w^n
    double best = std::numeric_limits<double>::quiet_NaN();
    int bestRow = -1;
    bool stale = false;  ///< the weight, or rows before the newest, are not what they were made from
  };
  float smoothNext(float value) const;
  const Smoothing& smoothing() const;

  std::shared_ptr<const SeriesColumns> m_columns;
  std::vector<float> m_raw;
  MinMaxPyramid m_rawPyramid;
  int m_lastRow = -1;  ///< the newest that is finite
  double m_weight = 0.98;
  mutable Smoothing m_smoothing;
};

}  // namespace darkroom::app
