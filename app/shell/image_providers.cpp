// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/image_providers.h"

#include <QImageReader>

#include "app/viewmodels/image_store.h"
#include "app/viewmodels/preview_store.h"
#include "core/base/error.h"

namespace darkroom::app {

QImage PreviewProvider::requestImage(const QString& id, QSize* size, const QSize& requestedSize) {
  QImage image = m_store.get(id.toLongLong());
  if (size) {
    *size = image.size();
  }
  return requestedSize.isValid() && !requestedSize.isEmpty() && !image.isNull()
             ? image.scaled(requestedSize, Qt::KeepAspectRatio, Qt::SmoothTransformation)
             : image;
}

ThumbnailProvider::ThumbnailProvider(const ImageStore& store)
    : BackgroundImages([&store](const QString& id, const QSize& size) {
        QImageReader reader(store.pathOf(id.toLongLong()));
        const QImage image = reader.read();
        if (image.isNull()) {
          throw Error(ErrorCode::bad_input, reader.errorString().toStdString());
        }
        return size.width() > 0 && size.height() > 0 ? image.scaled(size, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation) : image;
      }) {}

}  // namespace darkroom::app
