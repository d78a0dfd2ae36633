// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QHash>
#include <QObject>
#include <QPointer>
#include <QStringList>
#include <QUrl>
#include <functional>

#include "app/engine_host/engine_command.h"
#include "app/viewmodels/generate_items.h"
#include "app/viewmodels/model_items.h"
#include "core/base/json.h"

namespace darkroom::app {

class EngineTask;

/// The Models page: what can generate in this workspace, what is known of it, and how more comes in and goes out. Reads no weights: the
/// engine's commands do (`inspect`, `convert`, `hub get`).
class ModelsViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")
  Q_PROPERTY(darkroom::app::ModelListModel* list READ list CONSTANT)
  /// `ModelItem::path` of the row that is shown; empty: none.
  Q_PROPERTY(QString selected READ selected WRITE setSelected NOTIFY selectedChanged)
  Q_PROPERTY(QString selectedName READ selectedName NOTIFY selectedChanged)
  /// Lies in this workspace's models/ and can be deleted.
  Q_PROPERTY(bool canDelete READ canDelete NOTIFY selectedChanged)
  Q_PROPERTY(darkroom::app::ModelFactModel* facts READ facts CONSTANT)
  Q_PROPERTY(bool loadingFacts READ loadingFacts NOTIFY factsChanged)
  /// Why the engine could not load the selected model, a sentence; or empty.
  Q_PROPERTY(QString problem READ problem NOTIFY factsChanged)
  Q_PROPERTY(darkroom::app::ModelTaskModel* tasks READ tasks CONSTANT)
  /// Name of the model that was deleted last and can come back; or empty.
  Q_PROPERTY(QString deletedName READ deletedName NOTIFY deletedChanged)

 public:
  /// `models` is the workspace's folder for models; made when something comes in.
  ModelsViewModel(const EngineCommand& command, const QString& models, QObject* parent = nullptr);
  /// Ends what runs; empties the bin.
  ~ModelsViewModel() override;

  ModelListModel* list() const { return m_list; }
  QString selected() const { return m_selected; }
  void setSelected(const QString& path);
  QString selectedName() const;
  bool canDelete() const;
  ModelFactModel* facts() const { return m_facts; }
  bool loadingFacts() const { return !m_inspection.isNull(); }
  QString problem() const { return m_problem; }
  ModelTaskModel* tasks() const { return m_tasks; }
  QString deletedName() const { return m_deleted.isEmpty() ? QString() : m_deleted.last().name; }

  /// What the workspace holds now.
  void setModels(const QList<ModelItem>& models);

  /// Copies files and folders into the workspace once the engine has said that it can load them; a folder or file of that name stays, and
  /// the new one gets a number.
  Q_INVOKABLE void importFiles(const QList<QUrl>& urls);
  /// `hub get` into models/<name>; `files` are patterns, one a word, empty for all. The same again goes on where it was.
  Q_INVOKABLE void download(const QString& repository, const QString& revision, const QString& files);
  /// The selected model as "diffusers", "single-file" or "source-run" beside it; dtype "stored", "fp32", "fp16", "bf16"; weights "ema",
  /// "live".
  Q_INVOKABLE void convert(const QString& form, const QString& dtype, const QString& weights);
  /// Adds the hashes of the selected model to its facts.
  Q_INVOKABLE void hash();
  /// Moves the selected model into the bin of the workspace, from where undoDelete brings it back until the program ends.
  Q_INVOKABLE void deleteSelected();
  Q_INVOKABLE void undoDelete();
  Q_INVOKABLE void stopTask(int id);
  Q_INVOKABLE void dismissTask(int id);

 signals:
  void selectedChanged();
  void factsChanged();
  void deletedChanged();
  /// The folder of models has changed: whoever lists models should look again.
  void modelsChanged();
  /// A sentence for the user.
  void failed(const QString& text);

 private:
  struct Deleted {
    QString name, from, bin;
  };

  void inspect(bool withHashes);
  void showFacts(const Json& inspection);
  void importOne(const QString& source);
  void importAsLora(const QString& source, int task, const QString& problem);
  /// `folder` of the folder of models, with its slash; empty: that folder itself.
  void copy(const QString& source, int task, const QString& folder);
  /// A row of `tasks` for a command that has been started; its progress is followed.
  int follow(EngineTask* engine, const QString& title);
  int addTask(const QString& title);
  void updateTask(int id, const std::function<void(ModelTask&)>& change);
  void endTask(int id, const QString& state, const QString& text, const QString& detail = {});
  QString freePath(const QString& name) const;

  EngineCommand m_command;
  QString m_folder;
  ModelListModel* m_list;
  ModelFactModel* m_facts;
  ModelTaskModel* m_tasks;
  QString m_selected;
  QString m_problem;
  QPointer<EngineTask> m_inspection;
  QHash<int, QPointer<EngineTask>> m_running;
  QList<Deleted> m_deleted;
  int m_lastTask = 0;
};

}  // namespace darkroom::app
