// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/wall_provider.h"

#include <QUrl>
#include <algorithm>

#include "app/datasets/picture_shelf.h"

namespace darkroom::app {

WallProvider::WallProvider(const PictureShelf& shelf)
    : BackgroundImages([&shelf](const QString& id, const QSize& size) {
        const int longest = std::max({size.width(), size.height(), 0});
        if (id.startsWith(QStringLiteral("key/"))) {
          return shelf.shardPicture(QUrl::fromPercentEncoding(id.mid(4).toUtf8()), longest);
        }
        return shelf.picture(id.section('/', 0, 0).toInt(), id.section('/', 1, 1).toULongLong(), longest);
      }) {}

}  // namespace darkroom::app
