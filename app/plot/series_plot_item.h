// SPDX-License-Identifier: GPL-3.0-or-later
// A plot in QML: QCustomPlot paints into a QQuickPaintedItem. QCustomPlot is a QWidget inside, so the program needs a QApplication.
#pragma once

#include <QColor>
#include <QImage>
#include <QPointer>
#include <QQmlListProperty>
#include <QQuickPaintedItem>
#include <limits>
#include <memory>
#include <optional>

#include "app/series/plot_marks.h"
#include "app/series/series_store.h"

class QCustomPlot;

namespace darkroom::app {

/// A line over the main one: another run, or another metric of this run.
class PlotLine : public QObject {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(darkroom::app::SeriesStore* series MEMBER series NOTIFY changed)
  Q_PROPERTY(QColor color MEMBER color NOTIFY changed)
  Q_PROPERTY(double width MEMBER width NOTIFY changed)
  /// Pattern in units of the line's width: [] solid, [5, 3], [1, 3], [8, 3, 1, 3].
  Q_PROPERTY(QList<qreal> dash MEMBER dash NOTIFY changed)
  Q_PROPERTY(bool smoothed MEMBER smoothed NOTIFY changed)
  Q_PROPERTY(bool visible MEMBER visible NOTIFY changed)

 public:
  using QObject::QObject;
  SeriesStore* series = nullptr;
  QColor color = Qt::white;
  double width = 1.5;
  QList<qreal> dash;
  bool smoothed = true;
  bool visible = true;

 signals:
  void changed();
};

/// QML `SeriesPlot`: raw line as a ghost, smoothed line, min/max range, phases as background, restarts, cursor, newest and best point.
///
/// At most four vertices a pixel column are painted, whatever the number of points. Wheel zooms x about the pointer, dragging pans,
/// double click shows everything; hovering moves the cursor. The item never changes `cursorX`, `viewFrom`, `viewTo` itself: it emits
/// `cursorMoved` and `viewMoved`, so that one page can keep them in one place for all its plots:
///   cursorX: page.cursorX; onCursorMoved: x => page.cursorX = x
class SeriesPlotItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_NAMED_ELEMENT(SeriesPlot)
  Q_PROPERTY(darkroom::app::SeriesStore* series READ series WRITE setSeries NOTIFY seriesChanged)
  Q_PROPERTY(darkroom::app::PlotMarks* marks READ marks WRITE setMarks NOTIFY marksChanged)
  Q_PROPERTY(QQmlListProperty<darkroom::app::PlotLine> lines READ lines)
  Q_CLASSINFO("DefaultProperty", "lines")
  Q_PROPERTY(darkroom::app::SeriesAxis::Kind axis MEMBER m_axis NOTIFY viewChanged)
  Q_PROPERTY(bool logScale MEMBER m_logScale NOTIFY styleChanged)
  /// Raw ghost, range band, phase bands with or without names, dot on the newest point, ring on the best one.
  Q_PROPERTY(bool showRaw MEMBER m_showRaw NOTIFY styleChanged)
  Q_PROPERTY(bool showSmoothed MEMBER m_showSmoothed NOTIFY styleChanged)
  Q_PROPERTY(bool showRange MEMBER m_showRange NOTIFY styleChanged)
  Q_PROPERTY(bool showPhases MEMBER m_showPhases NOTIFY styleChanged)
  Q_PROPERTY(bool showPhaseNames MEMBER m_showPhaseNames NOTIFY styleChanged)
  Q_PROPERTY(bool showRestarts MEMBER m_showRestarts NOTIFY styleChanged)
  Q_PROPERTY(bool showNewest MEMBER m_showNewest NOTIFY styleChanged)
  Q_PROPERTY(bool showBest MEMBER m_showBest NOTIFY styleChanged)
  /// The vertical axis starts at zero (speeds, norms) instead of at the smallest value.
  Q_PROPERTY(bool fromZero MEMBER m_fromZero NOTIFY styleChanged)
  /// A dashed horizontal line, for example the clipping norm; NaN for none.
  Q_PROPERTY(double limitLine MEMBER m_limitLine NOTIFY styleChanged)
  /// Digits of the value written at the newest and the best point; unit-less.
  Q_PROPERTY(int labelDecimals MEMBER m_labelDecimals NOTIFY styleChanged)
  Q_PROPERTY(QColor lineColor MEMBER m_lineColor NOTIFY styleChanged)
  Q_PROPERTY(QList<qreal> lineDash MEMBER m_lineDash NOTIFY styleChanged)
  Q_PROPERTY(double lineWidth MEMBER m_lineWidth NOTIFY styleChanged)
  Q_PROPERTY(QColor backgroundColor MEMBER m_backgroundColor NOTIFY styleChanged)
  Q_PROPERTY(QColor gridColor MEMBER m_gridColor NOTIFY styleChanged)
  Q_PROPERTY(QColor tickColor MEMBER m_tickColor NOTIFY styleChanged)
  Q_PROPERTY(QColor textColor MEMBER m_textColor NOTIFY styleChanged)              ///< tick labels (secondary)
  Q_PROPERTY(QColor strongTextColor MEMBER m_strongTextColor NOTIFY styleChanged)  ///< cursor, best value
  Q_PROPERTY(QColor accentColor MEMBER m_accentColor NOTIFY styleChanged)          ///< newest point
  Q_PROPERTY(QColor accentTextColor MEMBER m_accentTextColor NOTIFY styleChanged)
  Q_PROPERTY(QColor phaseColor MEMBER m_phaseColor NOTIFY styleChanged)        ///< odd phases
  Q_PROPERTY(QColor phaseAltColor MEMBER m_phaseAltColor NOTIFY styleChanged)  ///< even phases
  Q_PROPERTY(QColor phaseBorderColor MEMBER m_phaseBorderColor NOTIFY styleChanged)
  Q_PROPERTY(QString fontFamily MEMBER m_fontFamily NOTIFY styleChanged)
  Q_PROPERTY(int fontPixelSize MEMBER m_fontPixelSize NOTIFY styleChanged)
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
  ~SeriesPlotItem() override;

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
  struct Range {
    double from;
    double to;
  };
  void rebuild();
  void applyStyle();
  void fillLine(const SeriesStore& series, bool smoothed, int pixels, QList<double>& keys, QList<double>& values) const;
  Range shownRange() const;
  double xAt(double position) const;
  void moveCursor();
  void paintPhases(QPainter* painter, const QRectF& area);
  void paintMarks(QPainter* painter, const QRectF& area);

  std::unique_ptr<QCustomPlot> m_plot;
  QPointer<SeriesStore> m_series;
  QPointer<PlotMarks> m_marks;
  QList<PlotLine*> m_lines;
  SeriesAxis::Kind m_axis = SeriesAxis::Step;
  bool m_logScale = false;
  bool m_showRaw = true;
  bool m_showSmoothed = true;
  bool m_showRange = true;
  bool m_showPhases = true;
  bool m_showPhaseNames = false;
  bool m_showRestarts = true;
  bool m_showNewest = false;
  bool m_showBest = false;
  bool m_fromZero = false;
  double m_limitLine = std::numeric_limits<double>::quiet_NaN();
  int m_labelDecimals = 4;
  QColor m_lineColor{0xe8, 0xa3, 0x17};
  QList<qreal> m_lineDash;
  double m_lineWidth = 1.75;
  QColor m_backgroundColor{0x19, 0x19, 0x19};
  QColor m_gridColor{0x2a, 0x2a, 0x2a};
  QColor m_tickColor{0x55, 0x55, 0x55};
  QColor m_textColor{0xa6, 0xa6, 0xa6};
  QColor m_strongTextColor{0xe8, 0xe8, 0xe8};
  QColor m_accentColor{0xff, 0x5a, 0x36};
  QColor m_accentTextColor{0xff, 0x7a, 0x5c};
  QColor m_phaseColor{0x21, 0x21, 0x21};
  QColor m_phaseAltColor{0x1b, 0x1b, 0x1b};
  QColor m_phaseBorderColor{0x4a, 0x4a, 0x4a};
  QString m_fontFamily;
  int m_fontPixelSize = 11;
  double m_cursorX = std::numeric_limits<double>::quiet_NaN();
  double m_viewFrom = std::numeric_limits<double>::quiet_NaN();
  double m_viewTo = std::numeric_limits<double>::quiet_NaN();
  double m_cursorPosition = -1;
  QRectF m_plotArea;
  QImage m_image;  ///< everything but the cursor
  bool m_dirty = true;
  bool m_wasEmpty = true;
  std::optional<QPointF> m_pressedAt;
  Range m_pressedRange{};
  bool m_dragged = false;
};

}  // namespace darkroom::app
