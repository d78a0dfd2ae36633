// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/studio_fixture.h"

#include <algorithm>

#include "core/image/image_encode.h"

namespace darkroom::app::fixture {

EngineCommand fakeEngine() {
  // Resources (vocabulary, plans, demo tars) come from the source tree.
  qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources");
  return {QStringLiteral(DARKROOM_BUILD_DIR "/bin/darkroom-fake-engine"), {}, {}};
}

Studio::Studio(const EngineCommand& engineCommand)
    : workspace(folder.path().toStdString()),
      settings(folder.filePath("studio.ini"), QSettings::IniFormat),
      images(workspace),
      engine(engineCommand),
      sampling(&engine),
      training(&engine),
      gallery(std::make_unique<GalleryModel>(&images)),
      generate(std::make_unique<GenerateViewModel>(&sampling, &images, gallery.get(), &previews, &settings)) {
  generate->setSteps(8);
  generate->setWidth(64);
  generate->setHeight(64);
}

QUrl Studio::picture(const QString& name, int width, int height) const {
  Image image(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{120});
  write_png(path(name).toStdString(), image);
  return QUrl::fromLocalFile(path(name));
}

Studio::~Studio() {
  generate.reset();
  gallery.reset();
  engine.stop();
}

}  // namespace darkroom::app::fixture
