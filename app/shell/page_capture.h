// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QQuickWindow>
#include <QTimer>

namespace darkroom::app {

class StudioServices;

/// `--capture DIR`: shows one page after another, waits until it is settled, writes DIR/<page>.png, then ends the program. Make it before
/// the window is shown: a platform may show it under its pointer (offscreen does), and a picture has no pointer on it.
class PageCapture : public QObject {
  Q_OBJECT

 public:
  PageCapture(QQuickWindow* window, StudioServices* services, const QStringList& pages, const QString& folder, QObject* parent = nullptr);
  /// Keeps the pointer from the window.
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void look();
  bool quiet() const;

  static constexpr int kPollMs = 50;
  static constexpr int kQuietMs = 400;       ///< settled without a break for so long
  static constexpr int kPatienceMs = 90000;  ///< then the page is taken as it is

  QQuickWindow* m_window;
  StudioServices* m_services;
  QStringList m_pages;
  QString m_folder;
  QTimer m_timer;
  QElapsedTimer m_sincePage;
  QElapsedTimer m_sinceQuiet;
};

}  // namespace darkroom::app
