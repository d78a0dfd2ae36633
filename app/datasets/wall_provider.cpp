// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/wall_provider.h"

#include <algorithm>

#include "app/datasets/picture_shelf.h"
#include "core/base/thread_priority.h"

namespace darkroom::app {
namespace {

constexpr QLatin1String kByKey("key/");

}  // namespace

WallProvider::WallProvider(const PictureShelf& shelf)
    : BackgroundImages([&shelf](const QString& id, const QSize& size) {
        lower_thread_priority();  // a wall of them comes at a time
        const int longest = std::max({size.width(), size.height(), 0});
        if (id.startsWith(kByKey)) {
          return shelf.shardPicture(QUrl::fromPercentEncoding(id.mid(kByKey.size()).toUtf8()), longest);
        }
        return shelf.picture(id.section('/', 0, 0).toInt(), id.section('/', 1, 1).toULongLong(), longest);
      }) {}

QUrl shardPictureUrl(const QString& imageKey) {
  return QUrl(QStringLiteral("image://wall/") + kByKey + QString::fromLatin1(QUrl::toPercentEncoding(imageKey)));
}

}  // namespace darkroom::app
