// SPDX-License-Identifier: GPL-3.0-or-later
// The loss at low noise is a hundred times that at high noise: a linear scale would show one row and nothing of the others.
#include "app/plot/heat_map_item.h"

#include <QPainter>
#include <QQuickWindow>
#include <algorithm>
#include <cmath>

#include "app/plot/figure_ticker.h"
#include "app/series/line_points.h"

namespace darkroom::app {
namespace {

constexpr double kLeft = 48;  ///< px for the words at the left
constexpr double kBottom = 20;
constexpr double kRight = 8;
constexpr double kSmallestMap = 40;

}  // namespace

HeatMapItem::HeatMapItem(QQuickItem* parent) : LinkedPlotItem(parent) {
  for (auto signal : {&HeatMapItem::styleChanged, &HeatMapItem::fieldChanged}) {
    connect(this, signal, this, &HeatMapItem::invalidate);
  }
}

void HeatMapItem::setField(NoiseField* field) {
  if (field == m_field) {
    return;
  }
  if (m_field) {
    m_field->disconnect(this);
  }
  m_field = field;
  if (field) {
    connect(field, &NoiseField::changed, this, [this] {
      emit emptyChanged();
      invalidate();
    });
  }
  emit fieldChanged();
  emit emptyChanged();
}

double HeatMapItem::xAt(double position) const {
  return m_built.from + (position - plotArea().left()) / std::max(1.0, plotArea().width()) * m_built.size();
}

double HeatMapItem::positionOfX(double x) const {
  return plotArea().left() + (x - m_built.from) / std::max(m_built.size(), 1e-30) * plotArea().width();
}

QColor HeatMapItem::colorOf(double value) const {
  const double position = m_high > m_low ? std::log(value / m_low) / std::log(m_high / m_low) : 0.5;
  const double place = std::clamp(position, 0.0, 1.0) * static_cast<double>(m_ramp.size() - 1);
  const auto index = std::min(static_cast<qsizetype>(place), m_ramp.size() - 1);
  const QColor& from = m_ramp[index];
  const QColor& to = m_ramp[std::min(index + 1, m_ramp.size() - 1)];
  const auto part = static_cast<float>(place - static_cast<double>(index));
  return QColor::fromRgbF(from.redF() + (to.redF() - from.redF()) * part, from.greenF() + (to.greenF() - from.greenF()) * part,
                          from.blueF() + (to.blueF() - from.blueF()) * part);
}

void HeatMapItem::paintCells(QPainter& painter) {
  const QRectF area = plotArea();
  const int width = std::max(1, static_cast<int>(area.width()));
  const int bins = m_field->bins();
  const double column_width = m_built.size() / width;
  const double newest = columns().values[axis()].back();
  std::vector<double> means(static_cast<size_t>(width) * static_cast<size_t>(bins), std::numeric_limits<double>::quiet_NaN());
  QList<double> shown;
  for (int column = 0; column < width; ++column) {
    const double left = m_built.from + column * column_width;
    size_t first = columns().lowerBound(axis(), left);
    size_t last = columns().lowerBound(axis(), left + column_width);
    if (first == last && left <= newest) {
      // Rows are further apart than pixels: a column shows the row that it lies before.
      first = std::min(first, m_field->count() - 1);
      last = first + 1;
    }
    for (int bin = 0; bin < bins && first < last; ++bin) {
      const double mean = m_field->mean(first, last, bin);
      means[static_cast<size_t>(bin) * static_cast<size_t>(width) + static_cast<size_t>(column)] = mean;
      if (mean > 0) {
        shown << mean;
      }
    }
  }
  m_low = quantile(shown, 0.02);
  m_high = quantile(shown, 0.98);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  for (int bin = 0; bin < bins; ++bin) {
    QImage row(width, 1, QImage::Format_ARGB32_Premultiplied);
    row.fill(Qt::transparent);
    for (int column = 0; column < width; ++column) {
      const double mean = means[static_cast<size_t>(bin) * static_cast<size_t>(width) + static_cast<size_t>(column)];
      if (mean > 0) {
        row.setPixelColor(column, 0, colorOf(mean));
      }
    }
    const double top = area.top() + std::round(area.height() * bin / bins);
    const double bottom = area.top() + std::round(area.height() * (bin + 1) / bins) - 1;
    painter.drawImage(QRectF(area.left(), top, width, bottom - top), row);
  }
}

void HeatMapItem::paintAxes(QPainter& painter) const {
  const QRectF area = plotArea();
  painter.setFont(font());
  painter.setPen(textColor);
  const QFontMetrics metrics = painter.fontMetrics();
  for (qsizetype i = 0; i < m_rowLabels.size(); ++i) {
    const double part = m_rowLabels.size() > 1 ? static_cast<double>(i) / static_cast<double>(m_rowLabels.size() - 1) : 0.5;
    const double room = area.height() - metrics.height();
    const double top = area.top() + room * part;
    painter.drawText(QRectF(0, top, kLeft - 8, metrics.height()), Qt::AlignRight | Qt::AlignVCenter, m_rowLabels[i]);
  }
  FigureTicker ticker(FigureTicker::Labels::counts, false, static_cast<int>(area.width()));
  QVector<double> ticks;
  QVector<QString> labels;
  QLocale locale;
  locale.setNumberOptions(QLocale::OmitGroupSeparator);  // as QCustomPlot's axes
  ticker.generate(QCPRange(m_built.from, m_built.to), locale, 'g', 6, ticks, nullptr, &labels);
  for (qsizetype i = 0; i < ticks.size(); ++i) {
    const double x = positionOfX(ticks[i]);
    if (x < area.left() - 0.5 || x > area.right() + 0.5) {
      continue;
    }
    const double width = metrics.horizontalAdvance(labels[i]);
    const double left = std::clamp(x - width / 2, area.left(), std::max(area.left(), area.right() - width));
    painter.drawText(QPointF(left, area.bottom() + 4 + metrics.ascent()), labels[i]);
  }
}

void HeatMapItem::updatePolish() {
  if (width() < kSmallestMap + kLeft || height() < kSmallestMap) {
    return;
  }
  if (takeDirty()) {
    m_built = shownRange();
    setPlotArea(QRectF(kLeft, 0, std::floor(width() - kLeft - kRight), std::floor(height() - kBottom)));
    const double ratio = window() ? window()->effectiveDevicePixelRatio() : 1.0;
    m_image = QImage((size() * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    m_image.setDevicePixelRatio(ratio);
    m_image.fill(backgroundColor);
    QPainter painter(&m_image);
    if (!empty()) {
      paintCells(painter);
    }
    paintAxes(painter);
    emit rangeChanged();
  }
  moveCursor();
  update();
}

void HeatMapItem::paint(QPainter* painter) {
  painter->drawImage(QPointF(0, 0), m_image);
  const QRectF area = plotArea();
  if (const QRectF dragged = selection(); !dragged.isEmpty()) {
    painter->fillRect(dragged, faded(strongTextColor, 0.12));
  }
  painter->setRenderHint(QPainter::Antialiasing, false);
  const auto line = [&](double position, const QColor& color) {
    painter->setPen(QPen(color, 1));
    painter->drawLine(QPointF(std::round(position) + 0.5, area.top()), QPointF(std::round(position) + 0.5, area.bottom()));
  };
  if (pickedPosition() >= 0) {
    line(pickedPosition(), accentColor);
  }
  if (cursorPosition() >= 0) {
    line(cursorPosition(), faded(strongTextColor, 0.55));
  }
}

}  // namespace darkroom::app
