// SPDX-License-Identifier: GPL-3.0-or-later
// QCustomPlot paints into an image on the GUI thread (updatePolish), never in paint(), which may run on the render thread; a cursor that
// moves only draws that image again with a line over it.
#include "app/plot/series_plot_item.h"

#include <qcustomplot.h>

#include <QQuickWindow>

#include <algorithm>
#include <cmath>

#include "app/plot/mark_painter.h"
#include "app/series/nan.h"

namespace darkroom::app {
namespace {

constexpr double kSmallestPlot = 24;  ///< px: nothing is drawn below

}  // namespace

SeriesPlotItem::SeriesPlotItem(QQuickItem* parent) : LinkedPlotItem(parent) {
  for (auto signal : {&SeriesPlotItem::styleChanged, &SeriesPlotItem::marksChanged, &SeriesPlotItem::lineSetChanged}) {
    connect(this, signal, this, &SeriesPlotItem::invalidate);
  }
}

// ---- what is shown

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
        emit emptyChanged();
      }
      invalidate();
    });
  }
  invalidate();
  emit seriesChanged();
  emit emptyChanged();
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

void SeriesPlotItem::setLineSet(LineSet* lines) {
  if (lines == m_lineSet) {
    return;
  }
  if (m_lineSet) {
    m_lineSet->disconnect(this);
  }
  m_lineSet = lines;
  if (lines) {
    connect(lines, &LineSet::changed, this, &SeriesPlotItem::invalidate);
  }
  emit lineSetChanged();
}

bool SeriesPlotItem::empty() const { return !m_series || std::isnan(m_series->last()); }

int SeriesPlotItem::rowAt(double x) const {
  const std::optional<size_t> row = empty() ? std::nullopt : m_series->columns().nearest(axis(), x);
  return row ? static_cast<int>(*row) : -1;
}

double SeriesPlotItem::smoothedAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? static_cast<double>(m_series->smoothed()[static_cast<size_t>(row)]) : kNan;
}

double SeriesPlotItem::rawAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? static_cast<double>(m_series->raw()[static_cast<size_t>(row)]) : kNan;
}

// ---- painting

void SeriesPlotItem::updatePolish() {
  if (width() < kSmallestPlot || height() < kSmallestPlot) {
    return;
  }
  if (takeDirty()) {
    m_wasEmpty = empty();
    m_figure.build({m_series, m_lineSet ? m_lineSet->lines() : QList<SetLine>(), axis(), shownRange()}, *this, size());
    setPlotArea(m_figure.area());
    const double ratio = window() ? window()->effectiveDevicePixelRatio() : 1.0;
    m_image = QImage((size() * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    m_image.setDevicePixelRatio(ratio);
    m_image.fill(backgroundColor);
    QCPPainter painter(&m_image);
    MarkPainter marks(&painter, m_figure, *this);
    if (showPhases && m_marks) {
      marks.phases(m_marks->phases(), axis());
    }
    marks.limit();
    m_figure.paint(&painter);
    painter.setClipping(false);
    if (showRestarts && m_marks) {
      marks.restarts(m_marks->restarts(), axis());
    }
    if (!empty()) {
      marks.points(*m_series, axis());
    }
  }
  moveCursor();
  update();
}

void SeriesPlotItem::paint(QPainter* painter) {
  painter->drawImage(QPointF(0, 0), m_image);
  MarkPainter marks(painter, m_figure, *this);
  if (const QRectF dragged = selection(); !dragged.isEmpty()) {
    painter->fillRect(dragged, faded(strongTextColor, 0.12));
  }
  if (pickedPosition() >= 0) {
    marks.picked(pickedPosition());
  }
  if (cursorPosition() >= 0) {
    const int row = rowAt(cursorX());
    marks.cursor(cursorPosition(), showSmoothed ? smoothedAt(row) : rawAt(row));
  }
}

}  // namespace darkroom::app
