// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUrl>

#include "app/viewmodels/background_images.h"

namespace darkroom::app {

class PictureShelf;

/// image://wall/<generation>/<row>, and image://wall/key/<image_key of a shard's sample>: a picture of the open source.
class WallProvider : public BackgroundImages {
 public:
  explicit WallProvider(const PictureShelf& shelf);
};

/// Address of a picture by its image_key, "<shard's file name>::<sample>".
QUrl shardPictureUrl(const QString& imageKey);

}  // namespace darkroom::app
