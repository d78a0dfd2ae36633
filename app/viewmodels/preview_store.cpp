// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/preview_store.h"

namespace darkroom::app {

QUrl PreviewStore::put(const QImage& image) {
  const QMutexLocker lock(&m_mutex);
  const qlonglong number = m_next++;
  m_images.emplace(number, image);
  while (m_images.size() > 96) {
    m_images.erase(m_images.begin());
  }
  return QUrl(QStringLiteral("image://preview/%1").arg(number));
}

QImage PreviewStore::get(qlonglong number) const {
  const QMutexLocker lock(&m_mutex);
  const auto found = m_images.find(number);
  return found == m_images.end() ? QImage() : found->second;
}

}  // namespace darkroom::app
