// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/canvas/mask_layer.h"

#include <QPainter>
#include <QPen>
#include <algorithm>

namespace darkroom::app {
namespace {

bool isBlack(const QImage& image) {
  for (int y = 0; y < image.height(); ++y) {
    const uchar* row = image.constScanLine(y);
    if (std::any_of(row, row + image.width(), [](uchar value) { return value != 0; })) {
      return false;
    }
  }
  return true;
}

}  // namespace

void MaskLayer::setPictureSize(const QSize& size) {
  if (size == m_pictureSize) {
    return;
  }
  m_pictureSize = size;
  m_edits.clear();
  m_next = 0;
  m_before = {};
  m_blank = true;
  m_image = {};
  if (!size.isEmpty()) {
    const QSize fitting = size.scaled(kLongestSide, kLongestSide, Qt::KeepAspectRatio);
    m_image = QImage(size.width() <= fitting.width() ? size : fitting.expandedTo({1, 1}), QImage::Format_Grayscale8);
    m_image.fill(0);
    m_scale = static_cast<double>(m_image.width()) / size.width();
  }
  emit changed(m_image.rect());
  emit edited();
}

void MaskLayer::setImage(const QImage& mask) {
  if (m_image.isNull() || mask.isNull()) {
    return;
  }
  const QImage before = m_image;
  m_image = mask.convertToFormat(QImage::Format_Grayscale8).scaled(before.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  m_image.convertTo(QImage::Format_Grayscale8);  // a scaled grey picture may come back in another format
  keep(before, m_image.rect());
}

void MaskLayer::begin(double x, double y, double diameter, bool erase) {
  if (m_image.isNull()) {
    return;
  }
  end();
  m_before = m_image;
  m_touched = {};
  m_diameter = std::max(1.0, diameter * m_scale);
  m_erase = erase;
  m_last = QPointF(x, y) * m_scale;
  paint(m_last, m_last);
}

void MaskLayer::strokeTo(double x, double y) {
  if (!m_before.isNull()) {
    const QPointF next = QPointF(x, y) * m_scale;
    paint(m_last, next);
    m_last = next;
  }
}

void MaskLayer::end() {
  if (!m_before.isNull()) {
    keep(std::exchange(m_before, {}), m_touched);
  }
}

void MaskLayer::paint(const QPointF& from, const QPointF& to) {
  QPainter painter(&m_image);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor color(m_erase ? Qt::black : Qt::white);
  if (from == to) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(from, m_diameter / 2, m_diameter / 2);
  } else {
    painter.setPen(QPen(color, m_diameter, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(from, to);
  }
  painter.end();
  const double reach = m_diameter / 2 + 1;
  const QRect part = QRectF(from, to).normalized().adjusted(-reach, -reach, reach, reach).toAlignedRect() & m_image.rect();
  m_touched |= part;
  emit changed(part);
}

void MaskLayer::invert() {
  if (m_image.isNull()) {
    return;
  }
  end();
  const QImage before = m_image;
  m_image.invertPixels();
  keep(before, m_image.rect());
}

void MaskLayer::clear() {
  if (m_image.isNull() || m_blank) {
    return;
  }
  end();
  const QImage before = m_image;
  m_image.fill(0);
  keep(before, m_image.rect());
}

void MaskLayer::keep(const QImage& before, const QRect& part) {
  if (part.isEmpty() || before == m_image) {
    return;
  }
  m_edits.resize(m_next);
  m_edits.append({part.topLeft(), before.copy(part), m_image.copy(part)});
  if (m_edits.size() > kUndoSteps) {
    m_edits.removeFirst();
  }
  m_next = m_edits.size();
  finish(part);
}

void MaskLayer::finish(const QRect& part) {
  m_blank = isBlack(m_image);
  emit changed(part);
  emit edited();
}

void MaskLayer::put(const QPoint& place, const QImage& part) {
  QPainter painter(&m_image);
  painter.setCompositionMode(QPainter::CompositionMode_Source);
  painter.drawImage(place, part);
  painter.end();
  finish({place, part.size()});
}

void MaskLayer::undo() {
  end();
  if (canUndo()) {
    const Edit& edit = m_edits.at(--m_next);
    put(edit.place, edit.before);
  }
}

void MaskLayer::redo() {
  end();
  if (canRedo()) {
    const Edit& edit = m_edits.at(m_next++);
    put(edit.place, edit.after);
  }
}

}  // namespace darkroom::app
