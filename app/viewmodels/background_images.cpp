// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/background_images.h"

#include <atomic>
#include <memory>

namespace darkroom::app {
namespace {

/// The answer to one request; deleted by Qt when it has taken or dropped it.
class Response : public QQuickImageResponse {
 public:
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
  std::shared_ptr<std::atomic<bool>> m_cancelled = std::make_shared<std::atomic<bool>>(false);
  QImage m_image;
  QString m_error;
};

}  // namespace

BackgroundImages::BackgroundImages(Read read) : m_read(std::move(read)) { m_pool.setMaxThreadCount(2); }

BackgroundImages::~BackgroundImages() { m_pool.waitForDone(); }

QQuickImageResponse* BackgroundImages::requestImageResponse(const QString& id, const QSize& requestedSize) {
  auto* response = new Response;
  m_pool.start(
      [this, response, cancelled = response->cancelled(), id, requestedSize] {
        if (*cancelled) {
          response->finish({}, QStringLiteral("not needed any more"));
          return;
        }
        try {
          response->finish(m_read(id, requestedSize), {});
        } catch (const std::exception& error) {
          response->finish({}, QString::fromUtf8(error.what()));
        }
      },
      m_asked++);
  return response;
}

}  // namespace darkroom::app
