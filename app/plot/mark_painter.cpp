// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plot/mark_painter.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>

namespace darkroom::app {
namespace {

constexpr int kLabelDecimals = 4;  ///< of the newest and the best value

/// The painter's state comes back at the end of the scope.
class Saved {
 public:
  explicit Saved(QPainter* painter) : m_painter(painter) { m_painter->save(); }
  ~Saved() { m_painter->restore(); }
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;

 private:
  QPainter* m_painter;
};

/// The middle of a pixel: a line of one pixel is sharp there.
double sharp(double position) { return std::round(position) + 0.5; }

}  // namespace

void MarkPainter::phases(const QList<PhaseBand>& phases, SeriesAxis::Kind axis) {
  const Saved saved(m_painter);
  m_painter->setRenderHint(QPainter::Antialiasing, false);
  m_painter->setFont(m_style.font());
  const double top = m_area.top() - m_style.nameStrip();
  int number = 0;
  for (const PhaseBand& phase : phases) {
    const double to = phase.to[axis];
    const double left = std::clamp(m_figure.positionOfX(phase.from[axis]), m_area.left(), m_area.right() + 1);
    const double right = std::isnan(to) ? m_area.right() : std::clamp(m_figure.positionOfX(to), m_area.left(), m_area.right());
    ++number;
    if (right <= left) {
      continue;
    }
    m_painter->fillRect(QRectF(left, top, right - left, m_area.bottom() - top),
                        number % 2 == 1 ? m_style.phaseColor : m_style.phaseAltColor);
    if (number > 1 && left > m_area.left()) {
      m_painter->setPen(QPen(m_style.phaseBorderColor, 1));
      m_painter->drawLine(QPointF(std::round(left), top), QPointF(std::round(left), m_area.bottom()));
    }
    if (m_style.showPhaseNames) {
      const QFontMetrics metrics = m_painter->fontMetrics();
      const QString text =
          metrics.elidedText(QStringLiteral("%1 %2").arg(number).arg(phase.name), Qt::ElideRight, static_cast<int>(right - left - 12));
      m_painter->setPen(m_style.textColor);
      m_painter->drawText(QPointF(left + 8, top + 4 + metrics.ascent()), text);
    }
  }
}

void MarkPainter::limit() {
  if (std::isnan(m_style.limitLine)) {
    return;
  }
  const Saved saved(m_painter);
  // A pixel below its value: the grid is painted later, and a line of it at the same value would cover this one.
  const double y = std::round(m_figure.positionOfY(m_style.limitLine)) + 1;
  m_painter->setRenderHint(QPainter::Antialiasing, false);
  m_painter->setPen(linePen(m_style.textColor, 1, {4, 3}));
  m_painter->drawLine(QPointF(m_area.left(), y), QPointF(m_area.right(), y));
}

void MarkPainter::restarts(const QList<RestartMark>& restarts, SeriesAxis::Kind axis) {
  const Saved saved(m_painter);
  m_painter->setRenderHint(QPainter::Antialiasing, true);
  for (const RestartMark& mark : restarts) {
    const double x = sharp(m_figure.positionOfX(mark.x[axis]));
    if (x < m_area.left() || x > m_area.right()) {
      continue;
    }
    m_painter->setPen(linePen(m_style.textColor, 1, {2, 3}));
    m_painter->drawLine(QPointF(x, m_area.top()), QPointF(x, m_area.bottom()));
    m_painter->setPen(Qt::NoPen);
    m_painter->setBrush(m_style.textColor);
    const double foot = m_area.bottom();
    m_painter->drawPolygon(QPolygonF({QPointF(x - 4, foot + 1), QPointF(x + 4, foot + 1), QPointF(x, foot - 6)}));
  }
}

QPointF MarkPainter::place(const SeriesStore& series, SeriesAxis::Kind axis, size_t row) const {
  const std::vector<float>& values = m_style.showSmoothed ? series.smoothed() : series.raw();
  return {m_figure.positionOfX(series.columns().values[axis][row]), m_figure.positionOfY(static_cast<double>(values[row]))};
}

void MarkPainter::label(QPointF at, const QString& text, const QColor& color, QFont::Weight weight) {
  QFont font = m_style.font();
  font.setWeight(weight);
  m_painter->setFont(font);
  const double width = m_painter->fontMetrics().horizontalAdvance(text);
  const double left = std::clamp(at.x() - width / 2, m_area.left(), std::max(m_area.left(), m_area.right() - width));
  m_painter->setPen(color);
  m_painter->drawText(QPointF(left, std::clamp(at.y(), m_area.top() + 12, m_area.bottom() - 4)), text);
}

void MarkPainter::points(const SeriesStore& series, SeriesAxis::Kind axis) {
  const std::vector<float>& values = m_style.showSmoothed ? series.smoothed() : series.raw();
  size_t newest = values.size();
  while (newest > 0 && !std::isfinite(values[newest - 1])) {
    --newest;
  }
  if (newest == 0) {
    return;
  }
  const Saved saved(m_painter);
  m_painter->setRenderHint(QPainter::Antialiasing, true);
  const QLocale locale;
  // A best point that is nearly the newest one would only clutter it.
  if (m_style.showBest && series.bestRow() >= 0 && static_cast<size_t>(series.bestRow()) + values.size() / 50 + 1 < newest) {
    const QPointF at = place(series, axis, static_cast<size_t>(series.bestRow()));
    if (m_area.contains(at)) {
      m_painter->setPen(QPen(m_style.strongTextColor, 1.5));
      m_painter->setBrush(m_style.backgroundColor);
      m_painter->drawEllipse(at, 3.5, 3.5);
      const QString text =
          QCoreApplication::translate("SeriesPlotItem", "best %1").arg(locale.toString(series.best(), 'f', kLabelDecimals));
      label(at + QPointF(0, 18), text, m_style.strongTextColor, QFont::Normal);
    }
  }
  if (m_style.showNewest) {
    const QPointF at = place(series, axis, newest - 1);
    if (m_area.adjusted(-1, -1, 1, 1).contains(at)) {
      m_painter->setPen(Qt::NoPen);
      m_painter->setBrush(faded(m_style.accentColor, 0.25));
      m_painter->drawEllipse(at, 7, 7);
      m_painter->setBrush(m_style.accentColor);
      m_painter->drawEllipse(at, 3.5, 3.5);
      label(at - QPointF(0, 10), locale.toString(static_cast<double>(values[newest - 1]), 'f', kLabelDecimals), m_style.accentTextColor,
            QFont::DemiBold);
    }
  }
}

void MarkPainter::picked(double position) {
  const Saved saved(m_painter);
  m_painter->setRenderHint(QPainter::Antialiasing, false);
  m_painter->setPen(QPen(m_style.accentColor, 1));
  m_painter->drawLine(QPointF(sharp(position), m_area.top()), QPointF(sharp(position), m_area.bottom()));
}

void MarkPainter::cursor(double position, double value) {
  const Saved saved(m_painter);
  const double x = sharp(position);
  m_painter->setRenderHint(QPainter::Antialiasing, false);
  m_painter->setPen(QPen(faded(m_style.strongTextColor, 0.55), 1));
  m_painter->drawLine(QPointF(x, m_area.top()), QPointF(x, m_area.bottom()));
  if (!std::isfinite(value)) {
    return;
  }
  const QPointF at(position, m_figure.positionOfY(value));
  if (m_area.contains(at)) {
    m_painter->setRenderHint(QPainter::Antialiasing, true);
    m_painter->setPen(QPen(m_style.backgroundColor, 1.5));
    m_painter->setBrush(m_style.lineColor);
    m_painter->drawEllipse(at, 4, 4);
  }
}

}  // namespace darkroom::app
