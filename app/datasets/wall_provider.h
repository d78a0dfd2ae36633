// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QQuickAsyncImageProvider>
#include <QThreadPool>

namespace darkroom::app {

class PictureShelf;

/// image://wall/<generation>/<row>, and image://wall/key/<image_key of a shard's sample>: a picture of the open source, read and decoded in
/// threads of its own; newest requests first, those that were scrolled away dropped.
class WallProvider : public QQuickAsyncImageProvider {
 public:
  explicit WallProvider(const PictureShelf& shelf);
  ~WallProvider() override;
  QQuickImageResponse* requestImageResponse(const QString& id, const QSize& requestedSize) override;

 private:
  const PictureShelf& m_shelf;
  QThreadPool m_pool;
  int m_asked = 0;
};

}  // namespace darkroom::app
