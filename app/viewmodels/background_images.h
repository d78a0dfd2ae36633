// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QQuickAsyncImageProvider>
#include <QThreadPool>
#include <functional>

namespace darkroom::app {

/// Pictures that are read and decoded in threads of their own; newest requests first, those that were scrolled away dropped.
class BackgroundImages : public QQuickAsyncImageProvider {
 public:
  /// Any thread; size: as the Image asks for it, may be empty. throws std::exception: why there is no picture
  using Read = std::function<QImage(const QString& id, const QSize& size)>;

  explicit BackgroundImages(Read read);
  ~BackgroundImages() override;
  QQuickImageResponse* requestImageResponse(const QString& id, const QSize& requestedSize) override;

 private:
  Read m_read;
  QThreadPool m_pool;
  int m_asked = 0;
};

}  // namespace darkroom::app
