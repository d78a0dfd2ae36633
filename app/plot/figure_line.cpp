// SPDX-License-Identifier: GPL-3.0-or-later
// Qt has a fast way for lines of two points (QPainter::drawLines) and a general one for paths, which gathers all edges of the stroked
// outline before it fills it. Dashes are cut here: the fast way would begin its pattern anew every sixteen lines.
#include "app/plot/figure_line.h"

#include "app/series/dashed_pieces.h"

namespace darkroom::app {

void FigureLine::drawLinePlot(QCPPainter* painter, const QVector<QPointF>& lines) const {
  if (painter->pen().color().alpha() < 255) {
    QCPGraph::drawLinePlot(painter, lines);
    return;
  }
  applyDefaultAntialiasingHint(painter);
  QPen pen = painter->pen();
  QList<qreal> pattern = pen.style() == Qt::CustomDashLine ? pen.dashPattern() : QList<qreal>();
  for (qreal& length : pattern) {
    length *= pen.widthF();
  }
  pen.setStyle(Qt::SolidLine);
  painter->setPen(pen);
  painter->drawLines(dashedPieces(lines, pattern, clipRect()));
}

}  // namespace darkroom::app
