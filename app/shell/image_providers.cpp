// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/image_providers.h"

#include <QImageReader>
#include <atomic>
#include <memory>

#include "app/viewmodels/image_store.h"
#include "app/viewmodels/preview_store.h"

namespace darkroom::app {
namespace {

/// The answer to one thumbnail request; deleted by Qt when it has taken or dropped it.
class ThumbnailResponse : public QQuickImageResponse {
 public:
  ThumbnailResponse() : m_cancelled(std::make_shared<std::atomic<bool>>(false)) {}

  QQuickTextureFactory* textureFactory() const override { return QQuickTextureFactory::textureFactoryForImage(m_image); }
  QString errorString() const override { return m_error; }
  void cancel() override { *m_cancelled = true; }

  const std::shared_ptr<std::atomic<bool>>& cancelled() const { return m_cancelled; }
  /// Called once, from the pool.
  void finish(QImage image, const QString& error) {
    m_image = std::move(image);
    m_error = error;
    emit finished();
  }

 private:
  std::shared_ptr<std::atomic<bool>> m_cancelled;
  QImage m_image;
  QString m_error;
};

}  // namespace

QImage PreviewProvider::requestImage(const QString& id, QSize* size, const QSize& requestedSize) {
  QImage image = m_store.get(id.toLongLong());
  if (size) {
    *size = image.size();
  }
  return requestedSize.isValid() && !requestedSize.isEmpty() && !image.isNull()
             ? image.scaled(requestedSize, Qt::KeepAspectRatio, Qt::SmoothTransformation)
             : image;
}

ThumbnailProvider::ThumbnailProvider(const ImageStore& store) : m_store(store) { m_pool.setMaxThreadCount(2); }

ThumbnailProvider::~ThumbnailProvider() { m_pool.waitForDone(); }

QQuickImageResponse* ThumbnailProvider::requestImageResponse(const QString& id, const QSize& requestedSize) {
  auto* response = new ThumbnailResponse;
  const QString path = m_store.pathOf(id.toLongLong());
  m_pool.start(
      [response, cancelled = response->cancelled(), path, requestedSize] {
        if (*cancelled) {
          response->finish({}, QStringLiteral("not needed any more"));
          return;
        }
        QImageReader reader(path);
        QImage image = reader.read();
        const QString error = image.isNull() ? reader.errorString() : QString();
        if (requestedSize.width() > 0 && requestedSize.height() > 0 && !image.isNull()) {
          image = image.scaled(requestedSize, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
        }
        response->finish(std::move(image), error);
      },
      m_asked++);
  return response;
}

}  // namespace darkroom::app
