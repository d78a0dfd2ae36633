// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/wall_provider.h"

#include <QStringList>
#include <QUrl>
#include <algorithm>
#include <atomic>
#include <memory>

#include "app/datasets/picture_shelf.h"

namespace darkroom::app {
namespace {

/// The answer to one request; deleted by Qt when it has taken or dropped it.
class WallResponse : public QQuickImageResponse {
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

WallProvider::WallProvider(const PictureShelf& shelf) : m_shelf(shelf) { m_pool.setMaxThreadCount(2); }

WallProvider::~WallProvider() { m_pool.waitForDone(); }

QQuickImageResponse* WallProvider::requestImageResponse(const QString& id, const QSize& requestedSize) {
  auto* response = new WallResponse;
  const QString key = id.startsWith(QStringLiteral("key/")) ? QUrl::fromPercentEncoding(id.mid(4).toUtf8()) : QString();
  const int generation = id.section('/', 0, 0).toInt();
  const quint64 row = id.section('/', 1, 1).toULongLong();
  const int longest = std::max(requestedSize.width(), requestedSize.height());
  m_pool.start(
      [this, response, cancelled = response->cancelled(), key, generation, row, longest] {
        if (*cancelled) {
          response->finish({}, QStringLiteral("not needed any more"));
          return;
        }
        try {
          response->finish(key.isEmpty() ? m_shelf.picture(generation, row, std::max(longest, 0)) : m_shelf.shardPicture(key, longest), {});
        } catch (const std::exception& error) {
          response->finish({}, QString::fromUtf8(error.what()));
        }
      },
      m_asked++);
  return response;
}

}  // namespace darkroom::app
