// SPDX-License-Identifier: GPL-3.0-or-later
// One line of a plot, kept whole: every point, its smoothed value, and a pyramid of minima and maxima for drawing a million points.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <memory>
#include <vector>

#include "app/series/growing_rows.h"
#include "app/series/min_max_pyramid.h"
#include "app/series/series_columns.h"
#include "app/series/smooth_line.h"

namespace darkroom::app {

/// One metric over a run: raw values, smoothed values, pyramids. Appended by the run's view model, read by plots. GUI thread only.
///
/// Everything smoothed is of one curve: that of the weight that was set, or while a worker makes it, of a weight before (see `SmoothLine`).
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
  double best() const { return m_smooth.curve().best(); }
  int bestRow() const { return m_smooth.curve().bestRow(); }

  /// Adds the value of the row that was just appended to the columns; NaN where the row has none. Emits nothing: see `announce`.
  void append(float value);
  void truncate(size_t size);
  /// Sets the smoothing weight, 0 (none) to 0.999; what is there is smoothed again when somebody looks at it. A
  /// long series shows the line before until that is done, and says so with `resmoothed`.
  void setSmoothing(double weight);
  /// Tells plots that rows were added or taken away.
  void announce() { emit changed(); }

  const SeriesColumns& columns() const { return *m_columns; }
  const std::vector<float>& raw() const { return m_raw.values(); }
  const std::vector<float>& smoothed() const { return m_smooth.curve().values(); }
  MinMax rawRange(size_t first, size_t last) const { return m_rawPyramid.range(first, last, raw()); }
  MinMax smoothedRange(size_t first, size_t last) const { return m_smooth.curve().range(first, last); }

 signals:
  void changed();
  /// The smoothed values are others though nothing was set just now; `changed` follows.
  void resmoothed();

 private:
  std::shared_ptr<const SeriesColumns> m_columns;
  GrowingRows m_raw;
  MinMaxPyramid m_rawPyramid;
  int m_lastRow = -1;  ///< the newest that is finite
  mutable SmoothLine m_smooth{m_raw, 0.98};
};

}  // namespace darkroom::app
