// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineF>
#include <QList>
#include <QPointF>
#include <QRectF>

namespace darkroom::app {

/// The pieces of a polyline that a dash pattern leaves, in order. Nothing is made above and below `clip`, but the pattern runs on there. A
/// point that is not finite makes a gap.
///
/// pattern  lengths of dash, gap, dash, …, px: an even number of them; empty for no gaps
QList<QLineF> dashedPieces(const QList<QPointF>& points, const QList<qreal>& pattern, const QRectF& clip);

}  // namespace darkroom::app
