// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/page_capture.h"

#include <QCoreApplication>
#include <QDir>
#include <QQuickItem>

#include "app/shell/studio_services.h"
#include "app/viewmodels/shell_view_model.h"
#include "core/base/log.h"

namespace darkroom::app {
namespace {

/// An Image below `item` still loads: its status is Image.Loading.
bool loads(const QQuickItem* item) {
  if (!item->isVisible()) {
    return false;
  }
  if (item->inherits("QQuickImageBase") && item->property("status").toInt() == 2) {
    return true;
  }
  const QList<QQuickItem*> children = item->childItems();
  return std::any_of(children.begin(), children.end(), [](const QQuickItem* child) { return loads(child); });
}

}  // namespace

PageCapture::PageCapture(QQuickWindow* window, StudioServices* services, const QStringList& pages, const QString& folder, QObject* parent)
    : QObject(parent), m_window(window), m_services(services), m_pages(pages), m_folder(folder) {
  QDir().mkpath(folder);
  window->installEventFilter(this);
  services->shell()->setPage(m_pages.first());
  m_sincePage.start();
  m_sinceQuiet.start();
  connect(&m_timer, &QTimer::timeout, this, &PageCapture::look);
  m_timer.start(kPollMs);
}

bool PageCapture::eventFilter(QObject* watched, QEvent* event) {
  const QEvent::Type type = event->type();
  return type == QEvent::Enter || type == QEvent::MouseMove || type == QEvent::HoverEnter || type == QEvent::HoverMove ||
         QObject::eventFilter(watched, event);
}

bool PageCapture::quiet() const { return m_services->settled() && !loads(m_window->contentItem()); }

void PageCapture::look() {
  if (!quiet()) {
    m_sinceQuiet.restart();
  }
  if (m_sinceQuiet.elapsed() < kQuietMs && m_sincePage.elapsed() < kPatienceMs) {
    return;
  }
  const QString file = m_folder + '/' + m_pages.first() + QStringLiteral(".png");
  if (!m_window->grabWindow().save(file)) {
    log().error("The page {} could not be written to {}", m_pages.first().toStdString(), file.toStdString());
    QCoreApplication::exit(1);
    return;
  }
  m_pages.removeFirst();
  if (m_pages.isEmpty()) {
    m_timer.stop();
    QCoreApplication::exit(0);
    return;
  }
  m_services->shell()->setPage(m_pages.first());
  m_sincePage.restart();
  m_sinceQuiet.restart();
}

}  // namespace darkroom::app
