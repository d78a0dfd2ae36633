// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace darkroom::app {

/// A line of a figure that is stroked piece by piece, dashes included: in software many times as fast as one path of thousands of corners,
/// and to the eye the same. Pieces overlap at the corners, which shows with a pen that lets something through: such a line is stroked as
/// one path.
class FigureLine : public QCPGraph {
 public:
  using QCPGraph::QCPGraph;

 protected:
  void drawLinePlot(QCPPainter* painter, const QVector<QPointF>& lines) const override;
};

}  // namespace darkroom::app
