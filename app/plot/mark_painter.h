// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/plot/plot_figure.h"
#include "app/plot/plot_style.h"
#include "app/series/plot_marks.h"
#include "app/series/series_store.h"

class QPainter;

namespace darkroom::app {

/// What stands behind and over the curves of a figure that was built. Every call leaves the painter as it was.
class MarkPainter {
 public:
  /// All three must outlive it.
  MarkPainter(QPainter* painter, const PlotFigure& figure, const PlotStyle& style)
      : m_painter(painter), m_figure(figure), m_style(style), m_area(figure.area()) {}

  /// Phases of the plan as bands with their names.
  void phases(const QList<PhaseBand>& phases, SeriesAxis::Kind axis);
  /// `limitLine` of the style.
  void limit();
  /// Where the run was resumed.
  void restarts(const QList<RestartMark>& restarts, SeriesAxis::Kind axis);
  /// The ring on the best and the dot on the newest point, with their values.
  void points(const SeriesStore& series, SeriesAxis::Kind axis);
  /// The line of the point that was asked for.
  void picked(double position);
  /// The cursor's line at `position`, and a dot on the value that stands there (NaN: none).
  void cursor(double position, double value);

 private:
  QPointF place(const SeriesStore& series, SeriesAxis::Kind axis, size_t row) const;
  void label(QPointF at, const QString& text, const QColor& color, QFont::Weight weight);

  QPainter* m_painter;
  const PlotFigure& m_figure;
  const PlotStyle& m_style;
  const QRectF m_area;
};

}  // namespace darkroom::app
