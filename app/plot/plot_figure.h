// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QRectF>
#include <QSizeF>
#include <memory>

#include "app/plot/plot_style.h"
#include "app/series/axis_range.h"
#include "app/series/line_set.h"
#include "app/series/series_columns.h"

class QCPGraph;
class QCPPainter;
class QCustomPlot;

namespace darkroom::app {

class SeriesStore;

/// What a figure is made from.
struct PlotContent {
  const SeriesStore* series = nullptr;  ///< the main line; may be absent
  QList<SetLine> lines;                 ///< over it
  SeriesAxis::Kind axis = SeriesAxis::Step;
  AxisRange shown;
};

/// Axes and curves of a plot: QCustomPlot without its widget. GUI thread only; needs a QApplication.
class PlotFigure {
 public:
  PlotFigure();
  ~PlotFigure();

  /// Takes the curves over, scales the axes to them and lays everything out in a rectangle of `size`.
  void build(const PlotContent& content, const PlotStyle& style, QSizeF size);
  /// Grid, curves and axes as they were built, over what is there already.
  void paint(QCPPainter* painter);

  /// The rectangle between the axes; coordinates of all of these are those of the rectangle that was built.
  QRectF area() const { return m_area; }
  double xAt(double position) const;
  double positionOfX(double x) const;
  double positionOfY(double y) const;

 private:
  class Extent;
  void applyStyle(const PlotStyle& style);
  void addBand(const PlotContent& content, const PlotStyle& style, int pixels);
  void addCurves(const PlotContent& content, const PlotStyle& style, int pixels, Extent& extent);
  QCPGraph* addGraph(const QList<double>& x, const QList<double>& y, const QPen& pen);

  std::unique_ptr<QCustomPlot> m_plot;
  QSize m_size;
  QRectF m_area;
};

}  // namespace darkroom::app
