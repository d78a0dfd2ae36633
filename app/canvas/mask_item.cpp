// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/canvas/mask_item.h"

#include <QPainter>
#include <array>

namespace darkroom::app {

void MaskItem::setMask(MaskLayer* mask) {
  if (mask == m_mask) {
    return;
  }
  if (m_mask) {
    m_mask->disconnect(this);
  }
  m_mask = mask;
  if (mask != nullptr) {
    connect(mask, &MaskLayer::changed, this, &MaskItem::tintPart);
  }
  tintAll();
  emit maskChanged();
}

void MaskItem::setTint(const QColor& tint) {
  if (tint != m_tint) {
    m_tint = tint;
    tintAll();
    emit tintChanged();
  }
}

void MaskItem::tintAll() {
  m_shown = {};
  tintPart(m_mask ? m_mask->image().rect() : QRect());
}

void MaskItem::tintPart(const QRect& part) {
  const QImage mask = m_mask ? m_mask->image() : QImage();
  QRect wanted = part & mask.rect();
  if (m_shown.size() != mask.size()) {
    m_shown = QImage(mask.size(), QImage::Format_ARGB32_Premultiplied);
    wanted = mask.rect();
  }
  std::array<QRgb, 256> colors{};
  for (int value = 0; value < 256; ++value) {
    colors[static_cast<size_t>(value)] = qPremultiply(qRgba(m_tint.red(), m_tint.green(), m_tint.blue(), m_tint.alpha() * value / 255));
  }
  for (int y = wanted.top(); y <= wanted.bottom(); ++y) {
    const uchar* from = mask.constScanLine(y);
    auto* to = reinterpret_cast<QRgb*>(m_shown.scanLine(y));
    for (int x = wanted.left(); x <= wanted.right(); ++x) {
      to[x] = colors[from[x]];
    }
  }
  update();
}

void MaskItem::paint(QPainter* painter) {
  if (!m_shown.isNull()) {
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->drawImage(boundingRect(), m_shown);
  }
}

}  // namespace darkroom::app
