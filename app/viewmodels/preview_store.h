// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QMutex>
#include <QUrl>
#include <map>

namespace darkroom::app {

/// The newest previews, by number: what stands behind image://preview/<n>. Thread-safe. Keeps the last 96.
class PreviewStore {
 public:
  /// Returns the URL under which QML finds the image.
  QUrl put(const QImage& image);
  /// Null for a number that is gone.
  QImage get(qlonglong number) const;

 private:
  mutable QMutex m_mutex;
  std::map<qlonglong, QImage> m_images;
  qlonglong m_next = 1;
};

}  // namespace darkroom::app
