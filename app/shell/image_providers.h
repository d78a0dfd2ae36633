// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QQuickImageProvider>

#include "app/viewmodels/background_images.h"

namespace darkroom::app {

class ImageStore;
class PreviewStore;

/// image://preview/<n>: what PreviewStore holds under that number.
class PreviewProvider : public QQuickImageProvider {
 public:
  explicit PreviewProvider(const PreviewStore& store) : QQuickImageProvider(Image), m_store(store) {}
  QImage requestImage(const QString& id, QSize* size, const QSize& requestedSize) override;

 private:
  const PreviewStore& m_store;
};

/// image://thumbnail/<id>: a gallery picture, decoded and scaled.
class ThumbnailProvider : public BackgroundImages {
 public:
  explicit ThumbnailProvider(const ImageStore& store);
};

}  // namespace darkroom::app
