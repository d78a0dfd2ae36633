// SPDX-License-Identifier: GPL-3.0-or-later
// A plot in QML: QCustomPlot paints into a QQuickPaintedItem. QCustomPlot is a QWidget inside, so the program needs a QApplication.
#pragma once

#include <QImage>
#include <QPointer>
#include <QQmlListProperty>
#include <QQuickPaintedItem>
#include <limits>
#include <optional>

#include "app/plot/plot_figure.h"
#include "app/plot/plot_line.h"
#include "app/plot/plot_style.h"
#include "app/series/axis_range.h"
#include "app/series/plot_marks.h"
#include "app/series/series_store.h"

namespace darkroom::app {

/// QML `SeriesPlot`: raw line as a ghost, smoothed line, min/max range, phases as background, restarts, cursor, newest and best point.
///
/// At most four vertices a pixel column are painted, whatever the number of points. Wheel zooms x about the pointer, dragging pans,
/// double click shows everything; hovering moves the cursor. The item never changes `cursorX`, `viewFrom`, `viewTo` itself: it emits
/// `cursorMoved` and `viewMoved`, so that one page can keep them in one place for all its plots:
///   cursorX: page.cursorX; onCursorMoved: x => page.cursorX = x
class SeriesPlotItem : public QQuickPaintedItem, private PlotStyle {
  Q_OBJECT
  QML_NAMED_ELEMENT(SeriesPlot)
  Q_PROPERTY(darkroom::app::SeriesStore* series READ series WRITE setSeries NOTIFY seriesChanged)
  Q_PROPERTY(darkroom::app::PlotMarks* marks READ marks WRITE setMarks NOTIFY marksChanged)
  Q_PROPERTY(QQmlListProperty<darkroom::app::PlotLine> lines READ lines)
  Q_CLASSINFO("DefaultProperty", "lines")
  Q_PROPERTY(darkroom::app::SeriesAxis::Kind axis MEMBER m_axis NOTIFY viewChanged)
  Q_PROPERTY(bool logScale MEMBER logScale NOTIFY styleChanged)
  /// Raw ghost, range band, phase bands with or without names, dot on the newest point, ring on the best one.
  Q_PROPERTY(bool showRaw MEMBER showRaw NOTIFY styleChanged)
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
  /// Digits of the value written at the newest and the best point; unit-less.
  Q_PROPERTY(int labelDecimals MEMBER labelDecimals NOTIFY styleChanged)
  Q_PROPERTY(QColor lineColor MEMBER lineColor NOTIFY styleChanged)
  Q_PROPERTY(QList<qreal> lineDash MEMBER lineDash NOTIFY styleChanged)
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
  /// In units of `axis`; NaN while the pointer is on no plot.
  Q_PROPERTY(double cursorX MEMBER m_cursorX NOTIFY cursorChanged)
  /// Part of the axis that is shown; NaN, NaN for everything.
  Q_PROPERTY(double viewFrom MEMBER m_viewFrom NOTIFY viewChanged)
  Q_PROPERTY(double viewTo MEMBER m_viewTo NOTIFY viewChanged)
  /// Where the cursor line stands, in item coordinates; negative when it is not in view. For placing a tooltip.
  Q_PROPERTY(double cursorPosition READ cursorPosition NOTIFY cursorPositionChanged)
  /// The rectangle between the axes, in item coordinates.
  Q_PROPERTY(QRectF plotArea READ plotArea NOTIFY plotAreaChanged)
  /// True while there is nothing to draw (fewer than one finite point).
  Q_PROPERTY(bool empty READ empty NOTIFY seriesChanged)

 public:
  explicit SeriesPlotItem(QQuickItem* parent = nullptr);

  SeriesStore* series() const { return m_series; }
  void setSeries(SeriesStore* series);
  PlotMarks* marks() const { return m_marks; }
  void setMarks(PlotMarks* marks);
  QQmlListProperty<PlotLine> lines();
  double cursorPosition() const { return m_cursorPosition; }
  QRectF plotArea() const { return m_plotArea; }
  bool empty() const;

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
  void viewChanged();
  void cursorChanged();
  void cursorPositionChanged();
  void plotAreaChanged();
  /// The pointer stands at x (NaN: it left).
  void cursorMoved(double x);
  /// The user zoomed or panned; NaN, NaN: show everything.
  void viewMoved(double from, double to);
  /// A click without dragging, at x.
  void clicked(double x);

 protected:
  void geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) override;
  void hoverMoveEvent(QHoverEvent* event) override;
  void hoverLeaveEvent(QHoverEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;

 private:
  void invalidate();
  AxisRange shownRange() const;
  void moveCursor();
  static void appendLine(QQmlListProperty<PlotLine>* property, PlotLine* line);

  QPointer<SeriesStore> m_series;
  QPointer<PlotMarks> m_marks;
  QList<PlotLine*> m_lines;
  SeriesAxis::Kind m_axis = SeriesAxis::Step;
  double m_cursorX = std::numeric_limits<double>::quiet_NaN();
  double m_viewFrom = std::numeric_limits<double>::quiet_NaN();
  double m_viewTo = std::numeric_limits<double>::quiet_NaN();
  double m_cursorPosition = -1;
  PlotFigure m_figure;
  QRectF m_plotArea;
  QImage m_image;  ///< everything but the cursor
  bool m_dirty = true;
  bool m_wasEmpty = true;
  std::optional<QPointF> m_pressedAt;
  AxisRange m_pressedRange;
  bool m_dragged = false;
};

}  // namespace darkroom::app
