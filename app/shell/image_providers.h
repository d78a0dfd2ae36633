// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QQuickAsyncImageProvider>
#include <QQuickImageProvider>
#include <QThreadPool>

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

/// image://thumbnail/<id>: a gallery picture, decoded and scaled in threads of its own; newest requests first, scrolled-away ones dropped.
class ThumbnailProvider : public QQuickAsyncImageProvider {
 public:
  explicit ThumbnailProvider(const ImageStore& store);
  ~ThumbnailProvider() override;
  QQuickImageResponse* requestImageResponse(const QString& id, const QSize& requestedSize) override;

 private:
  const ImageStore& m_store;
  QThreadPool m_pool;
  int m_asked = 0;
};

}  // namespace darkroom::app
