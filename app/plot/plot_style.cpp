// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plot/plot_style.h"

#include <QGuiApplication>

namespace darkroom::app {

QFont PlotStyle::font() const {
  QFont font(fontFamily.isEmpty() ? QGuiApplication::font().family() : fontFamily);
  font.setPixelSize(fontPixelSize);
  return font;
}

QPen PlotStyle::penOf(int look) const {
  QList<qreal> dash;
  if (!seriesDashes.isEmpty()) {
    for (const QVariant& length : seriesDashes[look % seriesDashes.size()].toList()) {
      dash << length.toDouble();
    }
  }
  return linePen(seriesColors.isEmpty() ? textColor : seriesColors[look % seriesColors.size()], 1.5, dash);
}

QPen linePen(const QColor& color, double width, const QList<qreal>& dash) {
  QPen pen(color, width);
  pen.setCapStyle(Qt::FlatCap);
  pen.setJoinStyle(Qt::RoundJoin);
  if (!dash.isEmpty()) {
    pen.setDashPattern(dash);
  }
  return pen;
}

QColor faded(QColor color, double opacity) {
  color.setAlphaF(static_cast<float>(opacity));
  return color;
}

}  // namespace darkroom::app
