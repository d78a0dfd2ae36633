// SPDX-License-Identifier: GPL-3.0-or-later
// QCustomPlot paints into an image on the GUI thread (updatePolish), never in paint(), which may run on the render thread; a cursor that
// moves only draws that image again with a line over it.
#include "app/plot/series_plot_item.h"

#include <qcustomplot.h>

#include <QQuickWindow>

#include <algorithm>
#include <cmath>

#include "app/plot/figure_ticker.h"

namespace darkroom::app {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kRangeWindow = 6;  ///< px to each side that the range band looks at

QPen linePen(const QColor& color, double width, const QList<qreal>& dash) {
  QPen pen(color, width);
  pen.setCapStyle(Qt::FlatCap);
  pen.setJoinStyle(Qt::RoundJoin);
  if (!dash.isEmpty()) {
    pen.setDashPattern(dash);
  }
  return pen;
}

QColor withAlpha(QColor color, double alpha) {
  color.setAlphaF(static_cast<float>(alpha));
  return color;
}

/// Value at a quantile of values that need no order.
double quantile(QList<double> values, double q) {
  if (values.isEmpty()) {
    return kNan;
  }
  const qsizetype at = std::clamp<qsizetype>(static_cast<qsizetype>(q * static_cast<double>(values.size() - 1)), 0, values.size() - 1);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[at];
}

}  // namespace

SeriesPlotItem::SeriesPlotItem(QQuickItem* parent) : QQuickPaintedItem(parent), m_plot(std::make_unique<QCustomPlot>()) {
  setAcceptHoverEvents(true);
  setAcceptedMouseButtons(Qt::LeftButton);
  setAntialiasing(true);
  setOpaquePainting(false);
  m_plot->setBackground(QBrush(Qt::NoBrush));
  m_plot->axisRect()->setBackground(QBrush(Qt::NoBrush));
  m_plot->setNoAntialiasingOnDrag(false);
  for (auto signal : {&SeriesPlotItem::styleChanged, &SeriesPlotItem::viewChanged, &SeriesPlotItem::marksChanged}) {
    connect(this, signal, this, [this] {
      m_dirty = true;
      polish();
    });
  }
  connect(this, &SeriesPlotItem::cursorChanged, this, [this] { moveCursor(); });
}

SeriesPlotItem::~SeriesPlotItem() = default;

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
      m_dirty = true;
      polish();
    });
  }
  m_dirty = true;
  polish();
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

QQmlListProperty<PlotLine> SeriesPlotItem::lines() {
  const auto append = [](QQmlListProperty<PlotLine>* property, PlotLine* line) {
    auto* item = static_cast<SeriesPlotItem*>(property->object);
    item->m_lines.append(line);
    const auto repaint = [item] {
      item->m_dirty = true;
      item->polish();
    };
    connect(line, &PlotLine::changed, item, [item, line, repaint] {
      if (line->series) {
        connect(line->series, &SeriesStore::changed, item, &SeriesPlotItem::viewChanged, Qt::UniqueConnection);
      }
      repaint();
    });
    connect(line, &QObject::destroyed, item, [item, line, repaint] {
      item->m_lines.removeAll(line);
      repaint();
    });
    repaint();
  };
  const auto count = [](QQmlListProperty<PlotLine>* property) { return static_cast<SeriesPlotItem*>(property->object)->m_lines.size(); };
  const auto at = [](QQmlListProperty<PlotLine>* property, qsizetype i) {
    return static_cast<SeriesPlotItem*>(property->object)->m_lines.at(i);
  };
  const auto clear = [](QQmlListProperty<PlotLine>* property) { static_cast<SeriesPlotItem*>(property->object)->m_lines.clear(); };
  return QQmlListProperty<PlotLine>(this, nullptr, append, count, at, clear);
}

bool SeriesPlotItem::empty() const { return !m_series || std::isnan(m_series->last()); }

int SeriesPlotItem::rowAt(double x) const {
  if (empty() || std::isnan(x)) {
    return -1;
  }
  const std::vector<double>& column = m_series->columns().values[m_axis];
  const size_t rows = std::min(column.size(), m_series->raw().size());
  size_t row = std::min(m_series->columns().lower_bound(m_axis, x), rows - 1);
  if (row > 0 && x - column[row - 1] < column[row] - x) {
    --row;
  }
  return static_cast<int>(row);
}

double SeriesPlotItem::smoothedAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? m_series->smoothed()[static_cast<size_t>(row)] : kNan;
}

double SeriesPlotItem::rawAt(int row) const {
  return m_series && row >= 0 && row < m_series->count() ? m_series->raw()[static_cast<size_t>(row)] : kNan;
}

SeriesPlotItem::Range SeriesPlotItem::shownRange() const {
  if (!std::isnan(m_viewFrom) && !std::isnan(m_viewTo) && m_viewTo > m_viewFrom) {
    return {m_viewFrom, m_viewTo};
  }
  if (!m_series || m_series->columns().size() == 0) {
    return {0, 1};
  }
  const std::vector<double>& column = m_series->columns().values[m_axis];
  // Room at the right for the newest point and its value.
  const double last = std::max(column.back(), 1e-9);
  return {0, last * (m_showNewest ? 1.06 : 1.02)};
}

void SeriesPlotItem::fillLine(const SeriesStore& series, bool smoothed, int pixels, QList<double>& keys, QList<double>& values) const {
  const Range shown = shownRange();
  const SeriesColumns& columns = series.columns();
  const std::vector<double>& x = columns.values[m_axis];
  const std::vector<float>& y = smoothed ? series.smoothed() : series.raw();
  const size_t rows = std::min(x.size(), y.size());
  const auto push = [&](double key, float value) {
    if (std::isfinite(value)) {
      keys.push_back(key);
      values.push_back(static_cast<double>(value));
    }
  };
  // One row before and after the view, so that the line runs to the edge.
  size_t row = std::min(columns.lower_bound(m_axis, shown.from), rows);
  row = row > 0 ? row - 1 : 0;
  const size_t end = std::min(rows, columns.lower_bound(m_axis, shown.to) + 1);
  if (end <= row) {
    return;
  }
  if (end - row <= static_cast<size_t>(4 * pixels)) {
    for (; row < end; ++row) {
      push(x[row], y[row]);
    }
    return;
  }
  const double width = (shown.to - shown.from) / pixels;
  for (int pixel = 0; pixel <= pixels && row < end; ++pixel) {
    const double left = shown.from + pixel * width;
    const size_t next = std::clamp(columns.lower_bound(m_axis, left + width), row, end);
    if (next == row) {
      continue;
    }
    if (next - row <= 4) {
      for (; row < next; ++row) {
        push(x[row], y[row]);
      }
      continue;
    }
    const MinMax range = smoothed ? series.smoothedRange(row, next) : series.rawRange(row, next);
    push(left, y[row]);
    push(left + width * 0.33, range.min);
    push(left + width * 0.66, range.max);
    push(left + width * 0.99, y[next - 1]);
    row = next;
  }
}

void SeriesPlotItem::applyStyle() {
  QFont font(m_fontFamily.isEmpty() ? QGuiApplication::font().family() : m_fontFamily);
  font.setPixelSize(m_fontPixelSize);
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
    axis->setBasePen(Qt::NoPen);
    axis->setTickLabelFont(font);
    axis->setTickLabelColor(m_textColor);
    axis->setSubTicks(false);
  }
  m_plot->xAxis->setTickPen(QPen(m_tickColor, 1));
  m_plot->xAxis->setTickLength(0, 4);
  m_plot->xAxis->setTickLabelPadding(4);
  m_plot->xAxis->setPadding(0);
  m_plot->xAxis->grid()->setVisible(false);
  m_plot->yAxis->setTickPen(Qt::NoPen);
  m_plot->yAxis->setTickLength(0, 0);
  m_plot->yAxis->setTickLabelPadding(8);
  m_plot->yAxis->setPadding(0);
  m_plot->yAxis->grid()->setPen(QPen(m_gridColor, 1));
  m_plot->yAxis->grid()->setZeroLinePen(QPen(m_gridColor, 1));
  m_plot->yAxis->grid()->setAntialiased(false);
}

void SeriesPlotItem::rebuild() {
  m_plot->clearPlottables();
  applyStyle();
  const Range shown = shownRange();
  const int pixels = std::max(16, static_cast<int>(width()));
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto include = [&](double value) {
    if (std::isfinite(value) && (!m_logScale || value > 0)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  };
  const auto includeAll = [&](const QList<double>& values) {
    if (!values.isEmpty()) {
      // One point in a hundred may leave the picture: a single spike must not flatten the curve.
      include(quantile(values, 0.01));
      include(quantile(values, 0.99));
    }
  };
  if (m_series && m_series->count() > 0) {
    if (m_showRange && m_series->count() > 1) {
      QList<double> keys, lows, highs;
      const SeriesColumns& columns = m_series->columns();
      const double step = (shown.to - shown.from) / pixels;
      for (int pixel = 0; pixel <= pixels; pixel += 2) {
        const double x = shown.from + pixel * step;
        const MinMax range =
            m_series->rawRange(columns.lower_bound(m_axis, x - kRangeWindow * step), columns.lower_bound(m_axis, x + kRangeWindow * step));
        if (range.min <= range.max && x <= columns.values[m_axis].back()) {
          keys.push_back(x);
          lows.push_back(range.min);
          highs.push_back(range.max);
        }
      }
      QCPGraph* bottom = m_plot->addGraph();
      bottom->setData(keys, lows, true);
      bottom->setPen(Qt::NoPen);
      QCPGraph* top = m_plot->addGraph();
      top->setData(keys, highs, true);
      top->setPen(Qt::NoPen);
      top->setBrush(withAlpha(m_lineColor, 0.10));
      top->setChannelFillGraph(bottom);
    }
    const auto draw = [&](const SeriesStore& series, bool smoothed, const QPen& pen) {
      QList<double> keys, values;
      fillLine(series, smoothed, pixels, keys, values);
      if (smoothed) {
        for (const double value : values) {
          include(value);
        }
      } else {
        includeAll(values);
      }
      QCPGraph* graph = m_plot->addGraph();
      graph->setAdaptiveSampling(false);
      graph->setData(keys, values, true);
      graph->setPen(pen);
      graph->setAntialiased(true);
    };
    if (m_showRaw) {
      draw(*m_series, false, linePen(withAlpha(m_lineColor, m_showSmoothed ? 0.30 : 1.0), m_showSmoothed ? 0.7 : m_lineWidth, {}));
    }
    for (const PlotLine* line : std::as_const(m_lines)) {
      if (line->visible && line->series && line->series->count() > 0) {
        draw(*line->series, line->smoothed, linePen(line->color, line->width, line->dash));
      }
    }
    if (m_showSmoothed) {
      draw(*m_series, true, linePen(m_lineColor, m_lineWidth, m_lineDash));
    }
  }
  include(m_limitLine);
  if (!(low <= high)) {
    low = m_logScale ? 0.1 : 0;
    high = 1;
  }
  if (m_logScale) {
    const double pad = std::pow(std::max(high / low, 1.02), 0.06);
    low /= pad;
    high *= pad;
  } else {
    const double pad = std::max((high - low) * 0.06, std::abs(high) * 1e-3 + 1e-12);
    low = m_fromZero ? std::min(0.0, low) : low - pad;
    high += pad * (m_fromZero ? 1.5 : 1.0);
  }
  m_plot->xAxis->setRange(shown.from, shown.to);
  m_plot->yAxis->setScaleType(m_logScale ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  m_plot->yAxis->setRange(low, high);
  m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new FigureTicker(FigureTicker::Labels::counts, false, pixels)));
  m_plot->yAxis->setTicker(
      QSharedPointer<QCPAxisTicker>(new FigureTicker(FigureTicker::Labels::figures, m_logScale, std::max(16, static_cast<int>(height())))));

  m_plot->axisRect()->setMinimumMargins(QMargins(32, 4, 8, 20));
  m_plot->setViewport(QRect(0, 0, static_cast<int>(width()), static_cast<int>(height())));
  QCPLayoutGrid* layout = m_plot->plotLayout();
  for (const auto phase : {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout}) {
    layout->update(phase);
  }
  const QRectF area = m_plot->axisRect()->rect();
  if (area != m_plotArea) {
    m_plotArea = area;
    emit plotAreaChanged();
  }
}

void SeriesPlotItem::updatePolish() {
  if (width() < 24 || height() < 24) {
    return;
  }
  if (m_dirty) {
    m_dirty = false;
    m_wasEmpty = empty();
    rebuild();
    const double ratio = window() ? window()->effectiveDevicePixelRatio() : 1.0;
    m_image = QImage((QSizeF(width(), height()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    m_image.setDevicePixelRatio(ratio);
    m_image.fill(m_backgroundColor);
    QCPPainter painter(&m_image);
    paintPhases(&painter, m_plotArea);
    if (!std::isnan(m_limitLine)) {
      const double y = std::round(m_plot->yAxis->coordToPixel(m_limitLine)) + 0.5;
      painter.setRenderHint(QPainter::Antialiasing, false);
      painter.setPen(linePen(m_textColor, 1, {4, 3}));
      painter.drawLine(QPointF(m_plotArea.left(), y), QPointF(m_plotArea.right(), y));
    }
    m_plot->toPainter(&painter, static_cast<int>(width()), static_cast<int>(height()));
    painter.setClipping(false);
    paintMarks(&painter, m_plotArea);
  }
  moveCursor();
  update();
}

void SeriesPlotItem::paintPhases(QPainter* painter, const QRectF& area) {
  if (!m_showPhases || !m_marks) {
    return;
  }
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing, false);
  QFont font(m_fontFamily.isEmpty() ? QGuiApplication::font().family() : m_fontFamily);
  font.setPixelSize(m_fontPixelSize);
  painter->setFont(font);
  int number = 0;
  for (const PhaseBand& phase : m_marks->phases()) {
    const double to = phase.to[m_axis];
    const double left = std::clamp(m_plot->xAxis->coordToPixel(phase.from[m_axis]), area.left(), area.right() + 1);
    const double right = std::isnan(to) ? area.right() : std::clamp(m_plot->xAxis->coordToPixel(to), area.left(), area.right());
    ++number;
    if (right <= left) {
      continue;
    }
    painter->fillRect(QRectF(left, area.top(), right - left, area.height()), number % 2 == 1 ? m_phaseColor : m_phaseAltColor);
    if (number > 1 && left > area.left()) {
      painter->setPen(QPen(m_phaseBorderColor, 1));
      painter->drawLine(QPointF(std::round(left), area.top()), QPointF(std::round(left), area.bottom()));
    }
    if (m_showPhaseNames) {
      const QString text = painter->fontMetrics().elidedText(QStringLiteral("%1 %2").arg(number).arg(phase.name), Qt::ElideRight,
                                                             static_cast<int>(right - left - 12));
      painter->setPen(m_textColor);
      painter->drawText(QPointF(left + 8, area.top() + 4 + painter->fontMetrics().ascent()), text);
    }
  }
  painter->restore();
}

void SeriesPlotItem::paintMarks(QPainter* painter, const QRectF& area) {
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing, true);
  if (m_showRestarts && m_marks) {
    for (const RestartMark& mark : m_marks->restarts()) {
      const double x = std::round(m_plot->xAxis->coordToPixel(mark.x[m_axis])) + 0.5;
      if (x < area.left() || x > area.right()) {
        continue;
      }
      painter->setPen(linePen(m_textColor, 1, {2, 3}));
      painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
      painter->setPen(Qt::NoPen);
      painter->setBrush(m_textColor);
      painter->drawPolygon(
          QPolygonF({QPointF(x - 4, area.bottom() + 1), QPointF(x + 4, area.bottom() + 1), QPointF(x, area.bottom() - 6)}));
    }
  }
  if (m_series && !empty()) {
    QFont font(m_fontFamily.isEmpty() ? QGuiApplication::font().family() : m_fontFamily);
    font.setPixelSize(m_fontPixelSize);
    font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    const bool smoothed = m_showSmoothed;
    const std::vector<float>& values = smoothed ? m_series->smoothed() : m_series->raw();
    const std::vector<double>& x = m_series->columns().values[m_axis];
    const auto place = [&](size_t row) {
      return QPointF(m_plot->xAxis->coordToPixel(x[row]), m_plot->yAxis->coordToPixel(static_cast<double>(values[row])));
    };
    const auto label = [&](QPointF at, const QString& text, const QColor& color) {
      const double text_width = painter->fontMetrics().horizontalAdvance(text);
      const double left = std::clamp(at.x() - text_width / 2, area.left(), std::max(area.left(), area.right() - text_width));
      painter->setPen(color);
      painter->drawText(QPointF(left, std::clamp(at.y(), area.top() + 12, area.bottom() - 4)), text);
    };
    size_t newest = values.size();
    while (newest > 0 && !std::isfinite(values[newest - 1])) {
      --newest;
    }
    const auto best = static_cast<size_t>(m_series->bestRow());
    if (m_showBest && m_series->bestRow() >= 0 && best + values.size() / 50 + 1 < newest) {
      const QPointF at = place(best);
      if (area.contains(at)) {
        painter->setPen(QPen(m_strongTextColor, 1.5));
        painter->setBrush(m_backgroundColor);
        painter->drawEllipse(at, 3.5, 3.5);
        font.setWeight(QFont::Normal);
        painter->setFont(font);
        label(at + QPointF(0, 18), tr("best %1").arg(QLocale().toString(m_series->best(), 'f', m_labelDecimals)), m_strongTextColor);
        font.setWeight(QFont::DemiBold);
        painter->setFont(font);
      }
    }
    if (m_showNewest && newest > 0) {
      const QPointF at = place(newest - 1);
      if (area.adjusted(-1, -1, 1, 1).contains(at)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(withAlpha(m_accentColor, 0.25));
        painter->drawEllipse(at, 7, 7);
        painter->setBrush(m_accentColor);
        painter->drawEllipse(at, 3.5, 3.5);
        label(at - QPointF(0, 10), QLocale().toString(static_cast<double>(values[newest - 1]), 'f', m_labelDecimals), m_accentTextColor);
      }
    }
  }
  painter->restore();
}

void SeriesPlotItem::moveCursor() {
  double position = -1;
  if (!std::isnan(m_cursorX) && !m_plotArea.isEmpty()) {
    position = m_plot->xAxis->coordToPixel(m_cursorX);
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
  if (m_cursorPosition < 0) {
    return;
  }
  const double x = std::round(m_cursorPosition) + 0.5;
  painter->setRenderHint(QPainter::Antialiasing, false);
  painter->setPen(QPen(withAlpha(m_strongTextColor, 0.55), 1));
  painter->drawLine(QPointF(x, m_plotArea.top()), QPointF(x, m_plotArea.bottom()));
  const int row = rowAt(m_cursorX);
  const double value = m_showSmoothed ? smoothedAt(row) : rawAt(row);
  if (std::isfinite(value)) {
    const QPointF at(m_cursorPosition, m_plot->yAxis->coordToPixel(value));
    if (m_plotArea.contains(at)) {
      painter->setRenderHint(QPainter::Antialiasing, true);
      painter->setPen(QPen(m_backgroundColor, 1.5));
      painter->setBrush(m_lineColor);
      painter->drawEllipse(at, 4, 4);
    }
  }
}

void SeriesPlotItem::geometryChange(const QRectF& newGeometry, const QRectF& oldGeometry) {
  QQuickPaintedItem::geometryChange(newGeometry, oldGeometry);
  if (newGeometry.size() != oldGeometry.size()) {
    m_dirty = true;
    polish();
  }
}

double SeriesPlotItem::xAt(double position) const { return m_plot->xAxis->pixelToCoord(position); }

void SeriesPlotItem::hoverMoveEvent(QHoverEvent* event) {
  if (m_plotArea.adjusted(-2, -2, 2, 2).contains(event->position()) && !empty()) {
    const std::vector<double>& column = m_series->columns().values[m_axis];
    emit cursorMoved(std::clamp(xAt(event->position().x()), column.front(), column.back()));
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
  const Range shown = shownRange();
  const double at = xAt(event->position().x());
  const double factor = std::pow(0.85, event->angleDelta().y() / 120.0);
  const std::vector<double>& column = m_series->columns().values[m_axis];
  const double whole = std::max(column.back() * 1.06, 1e-9);
  const double from = std::max(0.0, at - (at - shown.from) * factor);
  const double to = std::min(whole, at + (shown.to - at) * factor);
  if (to - from >= whole * 0.999) {
    emit viewMoved(kNan, kNan);
  } else if (to - from > whole * 1e-7) {
    emit viewMoved(from, to);
  }
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
  m_dragged = m_dragged || std::abs(moved) > 4;
  if (m_dragged && !std::isnan(m_viewFrom)) {
    const double shift = -moved * (m_pressedRange.to - m_pressedRange.from) / m_plotArea.width();
    const double from = std::max(0.0, m_pressedRange.from + shift);
    emit viewMoved(from, from + m_pressedRange.to - m_pressedRange.from);
  }
}

void SeriesPlotItem::mouseReleaseEvent(QMouseEvent* event) {
  if (m_pressedAt && !m_dragged) {
    emit clicked(xAt(event->position().x()));
  }
  m_pressedAt.reset();
}

void SeriesPlotItem::mouseDoubleClickEvent(QMouseEvent*) { emit viewMoved(kNan, kNan); }

}  // namespace darkroom::app
