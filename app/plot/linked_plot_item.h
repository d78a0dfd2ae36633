// SPDX-License-Identifier: GPL-3.0-or-later
// What all plots of a page share: one cursor, one view, one way to move both with pointer and keyboard.
#pragma once

#include <QQuickPaintedItem>
#include <QRectF>
#include <limits>
#include <optional>
#include <utility>

#include "app/series/axis_range.h"
#include "app/series/series_columns.h"

namespace darkroom::app {

/// A plot over the axis of a run. It never changes `cursorX`, `viewFrom`, `viewTo` itself: it emits `cursorMoved` and `viewMoved`, so that
/// one page can keep them in one place for all its plots:
///   cursorX: page.cursorX; onCursorMoved: x => page.cursorX = x
///
/// Hovering and Left/Right move the cursor, by a row or a pixel, whichever is more. Wheel, + and - zoom about it, dragging zooms into what
/// was dragged over, or pans where a part is shown already; a double click and Home show everything; a click and Return ask for the point.
class LinkedPlotItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_NAMED_ELEMENT(LinkedPlot)
  QML_UNCREATABLE("The base of plots")
  Q_PROPERTY(darkroom::app::SeriesAxis::Kind axis MEMBER m_axis NOTIFY viewChanged)
  /// In units of `axis`; NaN while the pointer is on no plot.
  Q_PROPERTY(double cursorX MEMBER m_cursorX NOTIFY cursorChanged)
  /// The point that was asked for; NaN: none.
  Q_PROPERTY(double pickedX MEMBER m_pickedX NOTIFY cursorChanged)
  /// Part of the axis that is shown; NaN, NaN for everything.
  Q_PROPERTY(double viewFrom MEMBER m_viewFrom NOTIFY viewChanged)
  Q_PROPERTY(double viewTo MEMBER m_viewTo NOTIFY viewChanged)
  /// Where everything ends, so that plots with fewer rows show the same stretch; NaN: at the own newest row.
  Q_PROPERTY(double axisEnd MEMBER m_axisEnd NOTIFY viewChanged)
  /// Where the cursor line stands, in item coordinates; negative when it is not in view. For placing a tooltip.
  Q_PROPERTY(double cursorPosition READ cursorPosition NOTIFY cursorPositionChanged)
  /// The rectangle between the axes, in item coordinates.
  Q_PROPERTY(QRectF plotArea READ plotArea NOTIFY plotAreaChanged)
  /// The keyboard is here and came by a key.
  Q_PROPERTY(bool visualFocus READ visualFocus NOTIFY visualFocusChanged)
  /// True while there is nothing to draw.
  Q_PROPERTY(bool empty READ empty NOTIFY emptyChanged)

 public:
  explicit LinkedPlotItem(QQuickItem* parent = nullptr);

  double cursorPosition() const { return m_cursorPosition; }
  QRectF plotArea() const { return m_plotArea; }
  bool visualFocus() const { return m_visualFocus; }
  virtual bool empty() const = 0;

 signals:
  void viewChanged();
  void cursorChanged();
  void cursorPositionChanged();
  void plotAreaChanged();
  void emptyChanged();
  void visualFocusChanged();
  /// The cursor stands at x (NaN: nowhere).
  void cursorMoved(double x);
  /// The user zoomed or panned; NaN, NaN: show everything.
  void viewMoved(double from, double to);
  /// A click without dragging, or Return, at x.
  void clicked(double x);

 protected:
  /// Of the rows that are drawn; only asked for while not empty.
  virtual const SeriesColumns& columns() const = 0;
  virtual double xAt(double position) const = 0;
  virtual double positionOfX(double x) const = 0;
  /// Room at the right of the newest row, as a part of the axis.
  virtual double room() const { return 1.02; }

  SeriesAxis::Kind axis() const { return m_axis; }
  double cursorX() const { return m_cursorX; }
  AxisRange shownRange() const;
  void setPlotArea(const QRectF& area);
  /// Position of the picked point; negative when it is not in view.
  double pickedPosition() const;
  void invalidate();
  bool takeDirty() { return std::exchange(m_dirty, false); }
  void moveCursor();
  /// The stretch that is being dragged over; empty when none is.
  QRectF selection() const;

  void geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) override;
  void hoverMoveEvent(QHoverEvent* event) override;
  void hoverLeaveEvent(QHoverEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  double last() const;
  void zoomAbout(double x, double notches);
  void stepCursor(int by);
  void setVisualFocus(bool on);
  double positionInView(double x) const;

  SeriesAxis::Kind m_axis = SeriesAxis::Step;
  double m_cursorX = std::numeric_limits<double>::quiet_NaN();
  double m_pickedX = std::numeric_limits<double>::quiet_NaN();
  double m_viewFrom = std::numeric_limits<double>::quiet_NaN();
  double m_viewTo = std::numeric_limits<double>::quiet_NaN();
  double m_axisEnd = std::numeric_limits<double>::quiet_NaN();
  double m_cursorPosition = -1;
  QRectF m_plotArea;
  bool m_dirty = true;
  bool m_visualFocus = false;
  std::optional<QPointF> m_pressedAt;
  QPointF m_draggedTo;
  AxisRange m_pressedRange;
  bool m_dragged = false;
};

}  // namespace darkroom::app
