// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSettings>
#include <QTemporaryDir>
#include <QUrl>
#include <memory>

#include "app/engine_host/engine_supervisor.h"
#include "app/engine_host/sampling_client.h"
#include "app/engine_host/training_client.h"
#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/generate_view_model.h"
#include "app/viewmodels/image_store.h"
#include "app/viewmodels/preview_store.h"

namespace darkroom::app::fixture {

/// The fake engine as a command.
EngineCommand fakeEngine();

/// A studio without a window, in a workspace of its own: what the composition root of the program makes.
struct Studio {
  explicit Studio(const EngineCommand& engineCommand = fakeEngine());
  ~Studio();

  /// A grey PNG in the workspace.
  QUrl picture(const QString& name, int width, int height) const;
  QString path(const QString& relative) const { return folder.filePath(relative); }

  QTemporaryDir folder;
  Workspace workspace;
  QSettings settings;
  ImageStore images;
  PreviewStore previews;
  EngineSupervisor engine;
  SamplingClient sampling;
  TrainingClient training;
  std::unique_ptr<GalleryModel> gallery;
  std::unique_ptr<GenerateViewModel> generate;
};

}  // namespace darkroom::app::fixture
