// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plot/plot_figure.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "app/plot/figure_line.h"
#include "app/plot/figure_ticker.h"
#include "app/series/line_points.h"

namespace darkroom::app {

/// How far the vertical axis must reach.
class PlotFigure::Extent {
 public:
  explicit Extent(bool logarithmic) : m_logarithmic(logarithmic) {}

  void include(double value) {
    if (std::isfinite(value) && (!m_logarithmic || value > 0)) {
      m_low = std::min(m_low, value);
      m_high = std::max(m_high, value);
    }
  }

  void include(const QList<double>& values, LineKind kind) {
    if (kind == LineKind::smoothed) {
      for (const double value : values) {
        include(value);
      }
    } else {
      // One point in a hundred may leave the picture: a single spike must not flatten the curve.
      include(quantile(values, 0.01));
      include(quantile(values, 0.99));
    }
  }

  QCPRange range(bool from_zero) const {
    double low = m_low;
    double high = m_high;
    if (!(low <= high)) {
      low = m_logarithmic ? 0.1 : 0;
      high = 1;
    }
    if (m_logarithmic) {
      const double pad = std::pow(std::max(high / low, 1.02), 0.06);
      return {low / pad, high * pad};
    }
    const double pad = std::max((high - low) * 0.06, std::abs(high) * 1e-3 + 1e-12);
    return {from_zero ? std::min(0.0, low) : low - pad, high + pad * (from_zero ? 1.5 : 1.0)};
  }

 private:
  bool m_logarithmic;
  double m_low = std::numeric_limits<double>::infinity();
  double m_high = -std::numeric_limits<double>::infinity();
};

PlotFigure::PlotFigure() : m_plot(std::make_unique<QCustomPlot>()) {
  m_plot->setBackground(QBrush(Qt::NoBrush));
  m_plot->axisRect()->setBackground(QBrush(Qt::NoBrush));
  m_plot->setNoAntialiasingOnDrag(false);
}

PlotFigure::~PlotFigure() = default;

double PlotFigure::xAt(double position) const { return m_plot->xAxis->pixelToCoord(position); }
double PlotFigure::positionOfX(double x) const { return m_plot->xAxis->coordToPixel(x); }
double PlotFigure::positionOfY(double y) const { return m_plot->yAxis->coordToPixel(y); }

void PlotFigure::applyStyle(const PlotStyle& style) {
  const QFont font = style.font();
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
    axis->setBasePen(Qt::NoPen);
    axis->setTickLabelFont(font);
    axis->setTickLabelColor(style.textColor);
    axis->setSubTicks(false);
    axis->setPadding(0);
  }
  m_plot->xAxis->setTickPen(QPen(style.tickColor, 1));
  m_plot->xAxis->setTickLength(0, 4);
  m_plot->xAxis->setTickLabelPadding(4);
  m_plot->xAxis->grid()->setVisible(false);
  m_plot->yAxis->setTickPen(Qt::NoPen);
  m_plot->yAxis->setTickLength(0, 0);
  m_plot->yAxis->setTickLabelPadding(8);
  m_plot->yAxis->grid()->setPen(QPen(style.gridColor, 1));
  m_plot->yAxis->grid()->setZeroLinePen(QPen(style.gridColor, 1));
  m_plot->yAxis->grid()->setAntialiased(false);
}

QCPGraph* PlotFigure::addGraph(const QList<double>& x, const QList<double>& y, const QPen& pen) {
  auto* graph = new FigureLine(m_plot->xAxis, m_plot->yAxis);  // the plot owns it
  graph->setData(x, y, true);
  graph->setPen(pen);
  return graph;
}

void PlotFigure::addBand(const PlotContent& content, const PlotStyle& style, int pixels) {
  const RangeBand band = rangeBand(*content.series, content.axis, content.shown, pixels);
  QCPGraph* bottom = addGraph(band.x, band.low, Qt::NoPen);
  QCPGraph* top = addGraph(band.x, band.high, Qt::NoPen);
  top->setBrush(faded(style.lineColor, 0.10));
  top->setChannelFillGraph(bottom);
}

void PlotFigure::addCurves(const PlotContent& content, const PlotStyle& style, int pixels, Extent& extent) {
  const auto draw = [&](const LinePoints& points, LineKind kind, const QPen& pen) {
    extent.include(points.y, kind);
    QCPGraph* graph = addGraph(points.x, points.y, pen);
    graph->setAdaptiveSampling(false);
    // A ghost that fills every column looks the same without, in a tenth of the time.
    graph->setAntialiased(kind == LineKind::smoothed || points.x.size() <= 2 * pixels);
  };
  const auto add = [&](const SeriesStore& series, LineKind kind, const QPen& pen) {
    draw(linePoints(series, kind, content.axis, content.shown, pixels), kind, pen);
  };
  // A ghost where the smoothed line stands over it.
  add(*content.series, LineKind::raw,
      style.showSmoothed ? linePen(faded(style.lineColor, 0.30), 0.7) : linePen(style.lineColor, style.lineWidth));
  for (const SetLine& line : content.lines) {
    if (line.series && line.axes[content.axis] && line.series->count() > 0) {
      const LineKind kind = line.smoothed ? LineKind::smoothed : LineKind::raw;
      draw(middlePoints(*line.series, kind, content.axis, content.shown, pixels), kind, style.penOf(line.look));
    }
  }
  if (style.showSmoothed) {
    // A wide line that fills every column costs a frame and shows no more: what runs up and down is the ghost behind it.
    draw(middlePoints(*content.series, LineKind::smoothed, content.axis, content.shown, pixels), LineKind::smoothed,
         linePen(style.lineColor, style.lineWidth));
  }
}

void PlotFigure::build(const PlotContent& content, const PlotStyle& style, QSizeF size) {
  m_plot->clearPlottables();
  applyStyle(style);
  m_size = QSize(static_cast<int>(size.width()), static_cast<int>(size.height()));
  const int pixels = std::max(16, m_size.width());
  Extent extent(style.logScale);
  if (content.series && content.series->count() > 0) {
    if (style.showRange && content.series->count() > 1) {
      addBand(content, style, pixels);
    }
    addCurves(content, style, pixels, extent);
  }
  extent.include(style.limitLine);
  m_plot->xAxis->setRange(content.shown.from, content.shown.to);
  m_plot->yAxis->setScaleType(style.logScale ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  m_plot->yAxis->setRange(extent.range(style.fromZero));
  m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new FigureTicker(FigureTicker::Labels::counts, false, pixels)));
  m_plot->yAxis->setTicker(
      QSharedPointer<QCPAxisTicker>(new FigureTicker(FigureTicker::Labels::figures, style.logScale, std::max(16, m_size.height()))));

  m_plot->axisRect()->setMinimumMargins(QMargins(32, 4 + style.nameStrip(), 8, 20));
  m_plot->setViewport(QRect(QPoint(0, 0), m_size));
  QCPLayoutGrid* layout = m_plot->plotLayout();
  for (const auto phase : {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout}) {
    layout->update(phase);
  }
  m_area = m_plot->axisRect()->rect();
}

void PlotFigure::paint(QCPPainter* painter) { m_plot->toPainter(painter, m_size.width(), m_size.height()); }

}  // namespace darkroom::app
