// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QSettings>
#include <QTemporaryDir>
#include <memory>

#include "app/shell/studio_options.h"
#include "core/store/workspace.h"

namespace darkroom::app {

class DatasetsViewModel;
class EngineSupervisor;
class GalleryModel;
class GenerateViewModel;
class ImageStore;
class ModelsViewModel;
class PlansViewModel;
class PreviewStore;
class RunsViewModel;
class SamplingClient;
class ShellViewModel;
class TrainingClient;

/// Everything that lives as long as the window, made once and wired together here: the composition root. Also the one place that decides
/// where settings and the workspace lie.
class StudioServices : public QObject {
  Q_OBJECT

 public:
  /// Opens the workspace (made when it is not there); opens no database and starts no process yet.
  /// throws  Error{bad_input | io} when the workspace cannot be opened
  explicit StudioServices(const StudioOptions& options);
  ~StudioServices() override;

  /// Starts the engine and looks for models; call after the first frame.
  void start();

  ShellViewModel* shell() const { return m_shell; }
  GenerateViewModel* generate() const { return m_generate; }
  GalleryModel* gallery() const { return m_gallery; }
  DatasetsViewModel* datasets() const { return m_datasets; }
  PlansViewModel* plans() const { return m_plans; }
  RunsViewModel* runs() const { return m_runs; }
  ModelsViewModel* models() const { return m_models; }
  EngineSupervisor* engine() const { return m_engine; }
  const ImageStore& images() const { return *m_images; }
  const PreviewStore& previews() const { return *m_previews; }
  QSettings& settings() { return *m_settings; }
  /// Engine, gallery, plans, runs and models have all said something.
  bool settled() const;

 private:
  void wireShell();
  void wireActivities();
  void wireRuns();
  void wireDatasets();
  /// Reads the first source when its page is first looked at: it may be large, and nothing else needs it.
  void openDatasets();
  void findModels();
  void showGenerateActivity();
  void followRuns();

  std::unique_ptr<QTemporaryDir> m_temporary;  ///< of settings that are not kept
  std::unique_ptr<QSettings> m_settings;
  std::unique_ptr<Workspace> m_workspace;
  std::unique_ptr<PreviewStore> m_previews;
  std::unique_ptr<ImageStore> m_images;
  EngineSupervisor* m_engine;
  SamplingClient* m_sampling;
  TrainingClient* m_training;
  ShellViewModel* m_shell;
  GalleryModel* m_gallery;
  GenerateViewModel* m_generate;
  DatasetsViewModel* m_datasets;
  PlansViewModel* m_plans;
  RunsViewModel* m_runs;
  ModelsViewModel* m_models;
  QString m_modelsSeen;  ///< of which runs and checkpoints the models were found
  bool m_modelsFound = false;
  bool m_started = false;
  bool m_datasetsOpened = false;
  QHash<QString, int> m_runStates;
};

}  // namespace darkroom::app
