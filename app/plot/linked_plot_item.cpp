// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plot/linked_plot_item.h"
#include "app/series/nan.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {
namespace {

constexpr double kClick = 4;          ///< px: a press that moves further drags
constexpr double kSmallestDrag = 12;  ///< px: a stretch that is zoomed into

}  // namespace

LinkedPlotItem::LinkedPlotItem(QQuickItem* parent) : QQuickPaintedItem(parent) {
  setAcceptHoverEvents(true);
  setAcceptedMouseButtons(Qt::LeftButton);
  setActiveFocusOnTab(true);
  setAntialiasing(true);
  setOpaquePainting(false);
  connect(this, &LinkedPlotItem::viewChanged, this, &LinkedPlotItem::invalidate);
  connect(this, &LinkedPlotItem::cursorChanged, this, [this] {
    moveCursor();
    update();
  });
}

void LinkedPlotItem::invalidate() {
  m_dirty = true;
  polish();
}

double LinkedPlotItem::last() const {
  const double own = empty() ? 0 : columns().values[m_axis].back();
  return std::max({own, std::isfinite(m_axisEnd) ? m_axisEnd : 0.0, 1e-9});
}

AxisRange LinkedPlotItem::shownRange() const {
  if (const AxisRange view{m_viewFrom, m_viewTo}; view.chosen()) {
    return view;
  }
  return {0, last() * room()};
}

void LinkedPlotItem::setPlotArea(const QRectF& area) {
  if (area != m_plotArea) {
    m_plotArea = area;
    emit plotAreaChanged();
  }
}

double LinkedPlotItem::positionInView(double x) const {
  if (std::isnan(x) || m_plotArea.isEmpty()) {
    return -1;
  }
  const double position = positionOfX(x);
  return position < m_plotArea.left() || position > m_plotArea.right() + 1 ? -1 : position;
}

double LinkedPlotItem::pickedPosition() const { return positionInView(m_pickedX); }

void LinkedPlotItem::moveCursor() {
  const double position = positionInView(m_cursorX);
  if (position != m_cursorPosition) {
    m_cursorPosition = position;
    emit cursorPositionChanged();
    update();
  }
}

QRectF LinkedPlotItem::selection() const {
  const AxisRange view{m_viewFrom, m_viewTo};
  if (!m_pressedAt || !m_dragged || view.chosen()) {
    return {};
  }
  const double left = std::clamp(std::min(m_pressedAt->x(), m_draggedTo.x()), m_plotArea.left(), m_plotArea.right());
  const double right = std::clamp(std::max(m_pressedAt->x(), m_draggedTo.x()), m_plotArea.left(), m_plotArea.right());
  return {left, m_plotArea.top(), right - left, m_plotArea.height()};
}

void LinkedPlotItem::geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) {
  QQuickPaintedItem::geometryChange(newGeometry, oldGeometry);
  if (newGeometry.size() != oldGeometry.size()) {
    invalidate();
  }
}

// ---- the pointer

void LinkedPlotItem::hoverMoveEvent(QHoverEvent* event) {
  if (m_plotArea.adjusted(-2, -2, 2, 2).contains(event->position()) && !empty()) {
    emit cursorMoved(std::clamp(xAt(event->position().x()), columns().values[m_axis].front(), last()));
  } else {
    emit cursorMoved(kNan);
  }
}

void LinkedPlotItem::hoverLeaveEvent(QHoverEvent*) { emit cursorMoved(kNan); }

void LinkedPlotItem::zoomAbout(double x, double notches) {
  const AxisRange next = zoomed(shownRange(), x, notches, last());
  emit viewMoved(next.from, next.to);
}

void LinkedPlotItem::wheelEvent(QWheelEvent* event) {
  if (empty()) {
    event->ignore();
    return;
  }
  zoomAbout(xAt(event->position().x()), event->angleDelta().y() / 120.0);
}

void LinkedPlotItem::mousePressEvent(QMouseEvent* event) {
  m_pressedAt = event->position();
  m_draggedTo = event->position();
  m_pressedRange = shownRange();
  m_dragged = false;
  forceActiveFocus(Qt::MouseFocusReason);
}

void LinkedPlotItem::mouseMoveEvent(QMouseEvent* event) {
  if (!m_pressedAt || m_plotArea.isEmpty()) {
    return;
  }
  m_draggedTo = event->position();
  const double moved = event->position().x() - m_pressedAt->x();
  m_dragged = m_dragged || std::abs(moved) > kClick;
  if (m_dragged && AxisRange{m_viewFrom, m_viewTo}.chosen()) {
    const AxisRange next = panned(m_pressedRange, -moved * m_pressedRange.size() / m_plotArea.width());
    emit viewMoved(next.from, next.to);
  } else if (m_dragged) {
    update();
  }
}

void LinkedPlotItem::mouseReleaseEvent(QMouseEvent* event) {
  const QRectF dragged = selection();
  const bool click = m_pressedAt && !m_dragged;
  m_pressedAt.reset();
  update();
  if (click && !empty()) {
    emit clicked(std::clamp(xAt(event->position().x()), 0.0, last()));
  } else if (dragged.width() >= kSmallestDrag && !empty()) {
    emit viewMoved(std::max(0.0, xAt(dragged.left())), xAt(dragged.right()));
  }
}

void LinkedPlotItem::mouseDoubleClickEvent(QMouseEvent*) {
  m_pressedAt.reset();
  emit viewMoved(kNan, kNan);
}

// ---- the keyboard

void LinkedPlotItem::stepCursor(int by) {
  const std::vector<double>& column = columns().values[m_axis];
  const AxisRange shown = shownRange();
  if (std::isnan(m_cursorX)) {
    emit cursorMoved(std::clamp(by > 0 ? shown.from : shown.to, column.front(), column.back()));
    return;
  }
  // A row, or a pixel where rows lie closer together.
  const double wanted = xAt(positionOfX(m_cursorX) + by);
  const auto row = static_cast<int64_t>(columns().nearest(m_axis, m_cursorX).value_or(0));
  const auto next = static_cast<size_t>(std::clamp<int64_t>(row + by, 0, static_cast<int64_t>(column.size()) - 1));
  const double x = by > 0 ? std::max(wanted, column[next]) : std::min(wanted, column[next]);
  emit cursorMoved(std::clamp(x, column.front(), column.back()));
}

void LinkedPlotItem::setVisualFocus(bool on) {
  if (on != m_visualFocus) {
    m_visualFocus = on;
    emit visualFocusChanged();
  }
}

void LinkedPlotItem::focusInEvent(QFocusEvent* event) {
  QQuickPaintedItem::focusInEvent(event);
  setVisualFocus(event->reason() != Qt::MouseFocusReason);
}

void LinkedPlotItem::focusOutEvent(QFocusEvent* event) {
  QQuickPaintedItem::focusOutEvent(event);
  setVisualFocus(false);
}

void LinkedPlotItem::keyPressEvent(QKeyEvent* event) {
  if (empty()) {
    event->ignore();
    return;
  }
  const AxisRange shown = shownRange();
  const double middle = std::isnan(m_cursorX) ? (shown.from + shown.to) / 2 : m_cursorX;
  const int far = (event->modifiers() & Qt::ShiftModifier) != 0 ? 20 : 1;
  switch (event->key()) {
    case Qt::Key_Left:
      stepCursor(-far);
      break;
    case Qt::Key_Right:
      stepCursor(far);
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoomAbout(middle, 2);
      break;
    case Qt::Key_Minus:
      zoomAbout(middle, -2);
      break;
    case Qt::Key_Home:
      emit viewMoved(kNan, kNan);
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (std::isnan(m_cursorX)) {
        event->ignore();
      } else {
        emit clicked(m_cursorX);
      }
      break;
    default:
      event->ignore();
  }
}

}  // namespace darkroom::app
