// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>
#include <QUrl>
#include <memory>

#include "app/viewmodels/models_view_model.h"

namespace darkroom::app::fixture {

/// A Models page whose engine is a line of shell that finds every file good whose name has no "bad" in it. `modelBench` in tst_drop.qml.
class ModelBench : public QObject {
  Q_OBJECT
  Q_PROPERTY(darkroom::app::ModelsViewModel* models READ models CONSTANT)

 public:
  ModelBench();
  ModelsViewModel* models() const { return m_models.get(); }

  /// A file outside the workspace.
  Q_INVOKABLE QUrl file(const QString& name) const;
  /// Whether the workspace has a model of this name.
  Q_INVOKABLE bool has(const QString& name) const;

 private:
  QTemporaryDir m_folder;
  std::unique_ptr<ModelsViewModel> m_models;
};

}  // namespace darkroom::app::fixture
