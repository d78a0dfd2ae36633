// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/histogram_item.h"

#include <QPainter>
#include <algorithm>

namespace darkroom::app {

HistogramItem::HistogramItem(QQuickItem* parent) : QQuickPaintedItem(parent) {
  setAntialiasing(false);
  connect(this, &HistogramItem::changed, this, [this] { update(); });
}

void HistogramItem::paint(QPainter* painter) {
  if (m_bars.isEmpty()) {
    return;
  }
  const qreal pitch = width() / static_cast<qreal>(m_bars.size());
  const qreal gap = std::min(1.0, pitch / 4);
  for (qsizetype i = 0; i < m_bars.size(); ++i) {
    if (m_bars[i] <= 0) {
      continue;
    }
    const qreal middle = (static_cast<qreal>(i) + 0.5) / static_cast<qreal>(m_bars.size());
    const qreal tall = std::max(1.0, std::round(m_bars[i] * height()));
    const qreal left = std::round(static_cast<qreal>(i) * pitch);
    const qreal right = std::round(static_cast<qreal>(i + 1) * pitch) - gap;
    painter->fillRect(QRectF(left, height() - tall, right - left, tall),
                      middle >= m_keptFrom && middle <= m_keptTo ? m_keptColor : m_droppedColor);
  }
}

}  // namespace darkroom::app
