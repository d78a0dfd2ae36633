// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPointer>
#include <QQuickPaintedItem>

#include "app/canvas/mask_layer.h"

namespace darkroom::app {

/// A mask over its picture: what will be drawn anew, in `tint`. As large as the picture is shown.
class MaskItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(darkroom::app::MaskLayer* mask READ mask WRITE setMask NOTIFY maskChanged)
  Q_PROPERTY(QColor tint READ tint WRITE setTint NOTIFY tintChanged)

 public:
  explicit MaskItem(QQuickItem* parent = nullptr) : QQuickPaintedItem(parent) {}

  MaskLayer* mask() const { return m_mask; }
  void setMask(MaskLayer* mask);
  QColor tint() const { return m_tint; }
  void setTint(const QColor& tint);

  void paint(QPainter* painter) override;

 signals:
  void maskChanged();
  void tintChanged();

 private:
  void tintPart(const QRect& part);
  void tintAll();

  QPointer<MaskLayer> m_mask;
  QColor m_tint = QColor(0, 0, 0, 128);
  QImage m_shown;  ///< the mask in the tint, ARGB32 premultiplied
};

}  // namespace darkroom::app
