// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/qml/drag_hand.h"

#include <QCoreApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QQuickWindow>

namespace darkroom::app::fixture {

bool DragHand::enter(QQuickItem* item, qreal x, qreal y, const QList<QUrl>& files) {
  m_data.clear();
  m_data.setUrls(files);
  return enterWith(item, x, y);
}

bool DragHand::enterWithText(QQuickItem* item, qreal x, qreal y, const QString& text) {
  m_data.clear();
  m_data.setText(text);
  return enterWith(item, x, y);
}

bool DragHand::enterWith(QQuickItem* item, qreal x, qreal y) {
  m_window = item->window();
  m_place = item->mapToScene(QPointF(x, y));
  QDragEnterEvent event(m_place.toPoint(), Qt::CopyAction, &m_data, Qt::LeftButton, Qt::NoModifier);
  event.setAccepted(false);
  QCoreApplication::sendEvent(m_window, &event);
  return event.isAccepted();
}

bool DragHand::move(QQuickItem* item, qreal x, qreal y) {
  m_place = item->mapToScene(QPointF(x, y));
  QDragMoveEvent event(m_place.toPoint(), Qt::CopyAction, &m_data, Qt::LeftButton, Qt::NoModifier);
  event.setAccepted(false);
  QCoreApplication::sendEvent(m_window, &event);
  return event.isAccepted();
}

void DragHand::leave() {
  QDragLeaveEvent event;
  QCoreApplication::sendEvent(m_window, &event);
}

bool DragHand::drop() {
  QDropEvent event(m_place, Qt::CopyAction, &m_data, Qt::LeftButton, Qt::NoModifier);
  event.setAccepted(false);
  QCoreApplication::sendEvent(m_window, &event);
  return event.isAccepted();
}

}  // namespace darkroom::app::fixture
