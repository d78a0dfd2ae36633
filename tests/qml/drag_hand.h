// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMimeData>
#include <QObject>
#include <QPointer>
#include <QQuickItem>
#include <QUrl>

namespace darkroom::app::fixture {

/// Files that another program drags over a window: the events that the platform would send. `drag` in tst_drop.qml.
class DragHand : public QObject {
  Q_OBJECT

 public:
  /// Comes in at a place of the item's window, with these files. True: what lies there would take them.
  Q_INVOKABLE bool enter(QQuickItem* item, qreal x, qreal y, const QList<QUrl>& files);
  /// The same with words instead of files.
  Q_INVOKABLE bool enterWithText(QQuickItem* item, qreal x, qreal y, const QString& text);
  Q_INVOKABLE bool move(QQuickItem* item, qreal x, qreal y);
  /// Goes out again, nothing dropped.
  Q_INVOKABLE void leave();
  /// Lets go where `enter` or `move` were last. True: it was taken.
  Q_INVOKABLE bool drop();

 private:
  bool enterWith(QQuickItem* item, qreal x, qreal y);

  QMimeData m_data;
  QPointer<QQuickWindow> m_window;
  QPointF m_place;
};

}  // namespace darkroom::app::fixture
