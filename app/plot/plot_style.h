// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QList>
#include <QPen>
#include <QString>
#include <QVariant>
#include <limits>

namespace darkroom::app {

/// What a plot shows and in which colours: the style properties of `SeriesPlot`, where each is explained.
struct PlotStyle {
  bool logScale = false;
  bool showSmoothed = true;
  bool showRange = true;
  bool showPhases = true;
  bool showPhaseNames = false;
  /// Height above the grid where the phases are named, px: no line and no curve runs through a name.
  int nameStrip() const { return showPhaseNames ? 20 : 0; }
  bool showRestarts = true;
  bool showNewest = false;
  bool showBest = false;
  bool fromZero = false;
  double limitLine = std::numeric_limits<double>::quiet_NaN();
  QColor lineColor{0xe8, 0xa3, 0x17};
  double lineWidth = 1.75;
  QList<QColor> seriesColors;  ///< of further lines, by their looks
  QVariantList seriesDashes;
  QColor backgroundColor{0x19, 0x19, 0x19};
  QColor gridColor{0x2a, 0x2a, 0x2a};
  QColor tickColor{0x55, 0x55, 0x55};
  QColor textColor{0xa6, 0xa6, 0xa6};
  QColor strongTextColor{0xe8, 0xe8, 0xe8};
  QColor accentColor{0xff, 0x5a, 0x36};
  QColor accentTextColor{0xff, 0x7a, 0x5c};
  QColor phaseColor{0x21, 0x21, 0x21};
  QColor phaseAltColor{0x1b, 0x1b, 0x1b};
  QColor phaseBorderColor{0x4a, 0x4a, 0x4a};
  QString fontFamily;
  int fontPixelSize = 11;

  /// Of every text in the plot; the application's family where none is chosen.
  QFont font() const;
  /// Of a further line.
  QPen penOf(int look) const;
};

/// A pen with flat ends; `dash` in units of its width, empty for a solid line.
QPen linePen(const QColor& color, double width, const QList<qreal>& dash = {});
/// The same colour with another opacity, 0 to 1.
QColor faded(QColor color, double opacity);

}  // namespace darkroom::app
