// SPDX-License-Identifier: GPL-3.0-or-later
// QCustomPlot paints into an image on the GUI thread (updatePolish), never in paint(), which may run on the render thread; a cursor that
// moves only draws that image again with a line over it.
#include "app/plot/series_plot_item.h"

#include <qcustomplot.h>

#include <QQuickWindow>

#include <algorithm>
#include <cmath>

#include "app/plot/mark_painter.h"

namespace darkroom::app {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmallest = 24;  ///< px: nothing is drawn below
constexpr double kClick = 4;      ///< px: a press that moves further drags

SeriesPlotItem* itemOf(QQmlListProperty<PlotLine>* property) { return static_cast<SeriesPlotItem*>(property->object); }

}  // namespace

SeriesPlotItem::SeriesPlotItem(QQuickItem* parent) : QQuickPaintedItem(parent) {
  setAcceptHoverEvents(true);
  setAcceptedMouseButtons(Qt::LeftButton);
  setAntialiasing(true);
  setOpaquePainting(false);
  for (auto signal : {&SeriesPlotItem::styleChanged, &SeriesPlotItem::viewChanged, &SeriesPlotItem::marksChanged}) {
    connect(this, signal, this, &SeriesPlotItem::invalidate);
  }
  connect(this, &SeriesPlotItem::cursorChanged, this, &SeriesPlotItem::moveCursor);
}

// ---- what is shown

void SeriesPlotItem::invalidate() {
  m_dirty = true;
  polish();
}

void SeriesPlotItem::setSeries(SeriesStore* series) {
  if (series == m_series) {
    return;
  }
  if (m_series) {
    m_series->disconnect(this);
  }
  m_series = series;
  if (series) {
    connect(series, &SeriesStore::changed, this, [this] {
      if (m_wasEmpty != empty()) {
        emit seriesChanged();
      }
      invalidate();
    });
  }
  invalidate();
  emit seriesChanged();
}

void SeriesPlotItem::setMarks(PlotMarks* marks) {
  if (marks == m_marks) {
    return;
  }
  if (m_marks) {
    m_marks->disconnect(this);
  }
  m_marks = marks;
  if (marks) {
    connect(marks, &PlotMarks::changed, this, &SeriesPlotItem::marksChanged);
  }
  emit marksChanged();
}

void SeriesPlotItem::appendLine(QQmlListProperty<PlotLine>* property, PlotLine* line) {
  SeriesPlotItem* item = itemOf(property);
  item->m_lines.append(line);
  connect(line, &PlotLine::changed, item, &SeriesPlotItem::invalidate);
  connect(line, &QObject::destroyed, item, [item, line] {
    item->m_lines.removeAll(line);
    item->invalidate();
  });
  item->invalidate();
}

QQmlListProperty<PlotLine> SeriesPlotItem::lines() {
  const auto count = [](QQmlListProperty<PlotLine>* property) { return itemOf(property)->m_lines.size(); };
  const auto at = [](QQmlListProperty<PlotLine>* property, qsizetype i) { return itemOf(property)->m_lines.at(i); };
  const auto clear = [](QQmlListProperty<PlotLine>* property) {
    SeriesPlotItem* item = itemOf(property);
    for (PlotLine* line : std::exchange(item->m_lines, {})) {
      line->disconnect(item);
    }
    item->invalidate();
  };
  return QQmlListProperty<PlotLine>(this, nullptr, &SeriesPlotItem::appendLine, count, at, clear);
}

bool SeriesPlotItem::empty() const { return !m_series || std::isnan(m_series->last()); }

int SeriesPlotItem::rowAt(double x) const {
  const std::optional<size_t> row = empty() ? std::nullopt : m_series->columns().nearest(m_axis, x);
  return row ? static_cast<int>(*row) : -1;
}

double SeriesPlotItem::smoothedAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? static_cast<double>(m_series->smoothed()[static_cast<size_t>(row)]) : kNan;
}

double SeriesPlotItem::rawAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? static_cast<double>(m_series->raw()[static_cast<size_t>(row)]) : kNan;
}

AxisRange SeriesPlotItem::shownRange() const {
  if (const AxisRange view{m_viewFrom, m_viewTo}; view.chosen()) {
    return view;
  }
  if (!m_series || m_series->columns().size() == 0) {
    return {};
  }
  // Room at the right for the newest point and its value.
  const double last = std::max(m_series->columns().values[m_axis].back(), 1e-9);
  return {0, last * (showNewest ? 1.06 : 1.02)};
}

// ---- painting

void SeriesPlotItem::updatePolish() {
  if (width() < kSmallest || height() < kSmallest) {
    return;
  }
  if (m_dirty) {
    m_dirty = false;
    m_wasEmpty = empty();
    m_figure.build({m_series, {m_lines.begin(), m_lines.end()}, m_axis, shownRange()}, *this, size());
    if (m_figure.area() != m_plotArea) {
      m_plotArea = m_figure.area();
      emit plotAreaChanged();
    }
    const double ratio = window() ? window()->effectiveDevicePixelRatio() : 1.0;
    m_image = QImage((size() * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    m_image.setDevicePixelRatio(ratio);
    m_image.fill(backgroundColor);
    QCPPainter painter(&m_image);
    MarkPainter marks(&painter, m_figure, *this);
    if (showPhases && m_marks) {
      marks.phases(m_marks->phases(), m_axis);
    }
    marks.limit();
    m_figure.paint(&painter);
    painter.setClipping(false);
    if (showRestarts && m_marks) {
      marks.restarts(m_marks->restarts(), m_axis);
    }
    if (!empty()) {
      marks.points(*m_series, m_axis);
    }
  }
  moveCursor();
  update();
}

void SeriesPlotItem::moveCursor() {
  double position = -1;
  if (!std::isnan(m_cursorX) && !m_plotArea.isEmpty()) {
    position = m_figure.positionOfX(m_cursorX);
    if (position < m_plotArea.left() || position > m_plotArea.right() + 1) {
      position = -1;
    }
  }
  if (position != m_cursorPosition) {
    m_cursorPosition = position;
    emit cursorPositionChanged();
    update();
  }
}

void SeriesPlotItem::paint(QPainter* painter) {
  painter->drawImage(QPointF(0, 0), m_image);
  if (m_cursorPosition >= 0) {
    const int row = rowAt(m_cursorX);
    MarkPainter(painter, m_figure, *this).cursor(m_cursorPosition, showSmoothed ? smoothedAt(row) : rawAt(row));
  }
}

void SeriesPlotItem::geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) {
  QQuickPaintedItem::geometryChange(newGeometry, oldGeometry);
  if (newGeometry.size() != oldGeometry.size()) {
    invalidate();
  }
}

// ---- the pointer

void SeriesPlotItem::hoverMoveEvent(QHoverEvent* event) {
  if (m_plotArea.adjusted(-2, -2, 2, 2).contains(event->position()) && !empty()) {
    const std::vector<double>& column = m_series->columns().values[m_axis];
    emit cursorMoved(std::clamp(m_figure.xAt(event->position().x()), column.front(), column.back()));
  } else {
    emit cursorMoved(kNan);
  }
}

void SeriesPlotItem::hoverLeaveEvent(QHoverEvent*) { emit cursorMoved(kNan); }

void SeriesPlotItem::wheelEvent(QWheelEvent* event) {
  if (empty()) {
    event->ignore();
    return;
  }
  const double notches = event->angleDelta().y() / 120.0;
  const AxisRange next = zoomed(shownRange(), m_figure.xAt(event->position().x()), notches, m_series->columns().values[m_axis].back());
  emit viewMoved(next.from, next.to);
}

void SeriesPlotItem::mousePressEvent(QMouseEvent* event) {
  m_pressedAt = event->position();
  m_pressedRange = shownRange();
  m_dragged = false;
}

void SeriesPlotItem::mouseMoveEvent(QMouseEvent* event) {
  if (!m_pressedAt || m_plotArea.isEmpty()) {
    return;
  }
  const double moved = event->position().x() - m_pressedAt->x();
  m_dragged = m_dragged || std::abs(moved) > kClick;
  if (m_dragged && !std::isnan(m_viewFrom)) {
    const AxisRange next = panned(m_pressedRange, -moved * m_pressedRange.size() / m_plotArea.width());
    emit viewMoved(next.from, next.to);
  }
}

void SeriesPlotItem::mouseReleaseEvent(QMouseEvent* event) {
  if (m_pressedAt && !m_dragged) {
    emit clicked(m_figure.xAt(event->position().x()));
  }
  m_pressedAt.reset();
}

void SeriesPlotItem::mouseDoubleClickEvent(QMouseEvent*) {
  const AxisRange everything = AxisRange::everything();
  emit viewMoved(everything.from, everything.to);
}

}  // namespace darkroom::app
