// SPDX-License-Identifier: GPL-3.0-or-later
// A plot in QML: QCustomPlot paints into a QQuickPaintedItem. QCustomPlot is a QWidget inside, so the program needs a QApplication.
#pragma once

#include <QImage>
#include <QPointer>
#include <limits>

#include "app/plot/linked_plot_item.h"
#include "app/plot/plot_figure.h"
#include "app/plot/plot_style.h"
#include "app/series/line_set.h"
#include "app/series/plot_marks.h"
#include "app/series/series_store.h"

namespace darkroom::app {

/// QML `SeriesPlot`: raw line as a ghost, smoothed line, min/max range, phases as background, restarts, cursor, newest and best point.
///
/// At most four vertices a pixel column are painted, whatever the number of points.
class SeriesPlotItem : public darkroom::app::LinkedPlotItem, private PlotStyle {
  Q_OBJECT
  QML_NAMED_ELEMENT(SeriesPlot)
  Q_PROPERTY(darkroom::app::SeriesStore* series READ series WRITE setSeries NOTIFY seriesChanged)
  Q_PROPERTY(darkroom::app::PlotMarks* marks READ marks WRITE setMarks NOTIFY marksChanged)
  /// Lines over the main one, in `seriesColors` and `seriesDashes` by their looks.
  Q_PROPERTY(darkroom::app::LineSet* lineSet READ lineSet WRITE setLineSet NOTIFY lineSetChanged)
  Q_PROPERTY(QList<QColor> seriesColors MEMBER seriesColors NOTIFY styleChanged)
  /// Patterns in units of the line's width: [] solid, [5, 3], …; a list of lists.
  Q_PROPERTY(QVariantList seriesDashes MEMBER seriesDashes NOTIFY styleChanged)
  Q_PROPERTY(bool logScale MEMBER logScale NOTIFY styleChanged)
  /// Smoothed line, range band, phase bands with or without names, restarts, dot on the newest point, ring on the best one.
  Q_PROPERTY(bool showSmoothed MEMBER showSmoothed NOTIFY styleChanged)
  Q_PROPERTY(bool showRange MEMBER showRange NOTIFY styleChanged)
  Q_PROPERTY(bool showPhases MEMBER showPhases NOTIFY styleChanged)
  Q_PROPERTY(bool showPhaseNames MEMBER showPhaseNames NOTIFY styleChanged)
  Q_PROPERTY(bool showRestarts MEMBER showRestarts NOTIFY styleChanged)
  Q_PROPERTY(bool showNewest MEMBER showNewest NOTIFY styleChanged)
  Q_PROPERTY(bool showBest MEMBER showBest NOTIFY styleChanged)
  /// The vertical axis starts at zero (speeds, norms) instead of at the smallest value.
  Q_PROPERTY(bool fromZero MEMBER fromZero NOTIFY styleChanged)
  /// A dashed horizontal line, for example the clipping norm; NaN for none.
  Q_PROPERTY(double limitLine MEMBER limitLine NOTIFY styleChanged)
  Q_PROPERTY(QColor lineColor MEMBER lineColor NOTIFY styleChanged)
  Q_PROPERTY(double lineWidth MEMBER lineWidth NOTIFY styleChanged)
  Q_PROPERTY(QColor backgroundColor MEMBER backgroundColor NOTIFY styleChanged)
  Q_PROPERTY(QColor gridColor MEMBER gridColor NOTIFY styleChanged)
  Q_PROPERTY(QColor tickColor MEMBER tickColor NOTIFY styleChanged)
  Q_PROPERTY(QColor textColor MEMBER textColor NOTIFY styleChanged)              ///< tick labels (secondary)
  Q_PROPERTY(QColor strongTextColor MEMBER strongTextColor NOTIFY styleChanged)  ///< cursor, best value
  Q_PROPERTY(QColor accentColor MEMBER accentColor NOTIFY styleChanged)          ///< newest point
  Q_PROPERTY(QColor accentTextColor MEMBER accentTextColor NOTIFY styleChanged)
  Q_PROPERTY(QColor phaseColor MEMBER phaseColor NOTIFY styleChanged)        ///< odd phases
  Q_PROPERTY(QColor phaseAltColor MEMBER phaseAltColor NOTIFY styleChanged)  ///< even phases
  Q_PROPERTY(QColor phaseBorderColor MEMBER phaseBorderColor NOTIFY styleChanged)
  Q_PROPERTY(QString fontFamily MEMBER fontFamily NOTIFY styleChanged)
  Q_PROPERTY(int fontPixelSize MEMBER fontPixelSize NOTIFY styleChanged)

 public:
  explicit SeriesPlotItem(QQuickItem* parent = nullptr);

  SeriesStore* series() const { return m_series; }
  void setSeries(SeriesStore* series);
  PlotMarks* marks() const { return m_marks; }
  void setMarks(PlotMarks* marks);
  LineSet* lineSet() const { return m_lineSet; }
  void setLineSet(LineSet* lines);
  bool empty() const override;

  /// The row of `series` nearest to x, -1 while it is empty.
  Q_INVOKABLE int rowAt(double x) const;
  /// Smoothed and raw value of a row; NaN outside.
  Q_INVOKABLE double smoothedAt(int row) const;
  Q_INVOKABLE double rawAt(int row) const;

  void paint(QPainter* painter) override;
  void updatePolish() override;

 signals:
  void seriesChanged();
  void marksChanged();
  void styleChanged();
  void lineSetChanged();

 protected:
  const SeriesColumns& columns() const override { return m_series->columns(); }
  double xAt(double position) const override { return m_figure.xAt(position); }
  double positionOfX(double x) const override { return m_figure.positionOfX(x); }
  /// Room for the newest point and its value.
  double room() const override { return showNewest ? 1.06 : 1.02; }

 private:
  QPointer<SeriesStore> m_series;
  QPointer<PlotMarks> m_marks;
  QPointer<LineSet> m_lineSet;
  PlotFigure m_figure;
  QImage m_image;  ///< everything but the cursor
  bool m_wasEmpty = true;
};

}  // namespace darkroom::app
