// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QColor>
#include <QQuickPaintedItem>

namespace darkroom::app {

/// The bars of a histogram: those that a range keeps bright, the others dim.
class HistogramItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  /// 0 to 1, from the left.
  Q_PROPERTY(QList<qreal> bars MEMBER m_bars NOTIFY changed)
  /// What is kept, as fractions of the width.
  Q_PROPERTY(qreal keptFrom MEMBER m_keptFrom NOTIFY changed)
  Q_PROPERTY(qreal keptTo MEMBER m_keptTo NOTIFY changed)
  Q_PROPERTY(QColor keptColor MEMBER m_keptColor NOTIFY changed)
  Q_PROPERTY(QColor droppedColor MEMBER m_droppedColor NOTIFY changed)

 public:
  explicit HistogramItem(QQuickItem* parent = nullptr);
  void paint(QPainter* painter) override;

 signals:
  void changed();

 private:
  QList<qreal> m_bars;
  qreal m_keptFrom = 0;
  qreal m_keptTo = 1;
  QColor m_keptColor;
  QColor m_droppedColor;
};

}  // namespace darkroom::app
