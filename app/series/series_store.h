// SPDX-License-Identifier: GPL-3.0-or-later
// One line of a plot, kept whole: every point, its smoothed value, and a pyramid of minima and maxima for drawing a million points.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <limits>
#include <memory>
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
  /// First row whose x is >= value.
  size_t lower_bound(SeriesAxis::Kind axis, double value) const;
};

/// Minimum and maximum of a block of rows; empty (all rows not finite) when min > max.
struct MinMax {
  float min;
  float max;
};

/// Minima and maxima of blocks of rows: any range of n rows is answered from O(log n) blocks. Values that are not finite are skipped.
class MinMaxPyramid {
 public:
  void append(float value);
  void truncate(size_t size, const std::vector<float>& values);
  void rebuild(const std::vector<float>& values);
  /// Over rows [first, last). The same array that was appended must be given.
  MinMax range(size_t first, size_t last, const std::vector<float>& values) const;

 private:
  static constexpr size_t kBase = 16;  ///< rows in a block of level 0
  size_t size_ = 0;
  std::vector<std::vector<MinMax>> levels_;  ///< a block of level k covers kBase * 8^k rows; the last block may be partial
};

/// One metric over a run: raw values, smoothed values, pyramids. Appended by the run's view model, read by plots. GUI thread only.
///
/// Smoothing is TensorBoard's: m = w m + (1 - w) y, divided by 1 - w^n, over finite values only.
class SeriesStore : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ count NOTIFY changed)
  /// Newest finite raw and smoothed value; NaN while there is none.
  Q_PROPERTY(double last READ last NOTIFY changed)
  Q_PROPERTY(double lastSmoothed READ lastSmoothed NOTIFY changed)
  /// Smallest smoothed value, and the row where it stands (-1 while there is none).
  Q_PROPERTY(double best READ best NOTIFY changed)
  Q_PROPERTY(int bestRow READ bestRow NOTIFY changed)

 public:
  explicit SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent = nullptr);

  int count() const { return static_cast<int>(m_raw.size()); }
  double last() const;
  double lastSmoothed() const;
  double best() const { return m_best; }
  int bestRow() const { return m_bestRow; }

  /// Adds the value of the row that was just appended to the columns; NaN where the row has none. Emits nothing: see `announce`.
  void append(float value);
  void truncate(size_t size);
  /// Sets the smoothing weight, 0 (none) to 0.999, and smooths everything again.
  void setSmoothing(double weight);
  /// Tells plots that rows were added or taken away.
  void announce() { emit changed(); }

  const SeriesColumns& columns() const { return *m_columns; }
  const std::vector<float>& raw() const { return m_raw; }
  const std::vector<float>& smoothed() const { return m_smoothed; }
  MinMax rawRange(size_t first, size_t last) const { return m_rawPyramid.range(first, last, m_raw); }
  MinMax smoothedRange(size_t first, size_t last) const { return m_smoothedPyramid.range(first, last, m_smoothed); }

 signals:
  void changed();

 private:
  void smoothNext(float value);
  void smoothAgain();

  std::shared_ptr<const SeriesColumns> m_columns;
  std::vector<float> m_raw;
  std::vector<float> m_smoothed;
  MinMaxPyramid m_rawPyramid;
  MinMaxPyramid m_smoothedPyramid;
  double m_weight = 0.98;
  double m_mean = 0;
  double m_bias = 1;  ///< w^n
  double m_best = std::numeric_limits<double>::quiet_NaN();
  int m_bestRow = -1;
};

}  // namespace darkroom::app
