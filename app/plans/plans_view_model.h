// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QTimer>
#include <QUrl>
#include <map>

#include "app/plans/dataset_facts.h"
#include "app/plans/plan_document.h"
#include "app/plans/plan_files.h"
#include "app/plans/plan_forecast.h"
#include "app/plans/plan_items.h"
#include "app/plans/plan_launch.h"
#include "app/plans/plan_timeline.h"

namespace darkroom::app {

class TrainingClient;

/// The Plans page: the plans of the workspace, the one that is edited, what it costs, and its launch.
///
/// Every edit can be undone; a plan that was edited and not saved stays as it is while others are looked at, and is written beside its file
/// as "<name> (unsaved)" when the studio closes.
class PlansViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")
  /// Plans first, then templates.
  Q_PROPERTY(darkroom::app::PlanFileModel* files READ files CONSTANT)
  /// `PlanFileItem::key` of what is open; empty: nothing.
  Q_PROPERTY(QString current READ current NOTIFY documentChanged)
  Q_PROPERTY(QString name READ name WRITE setName NOTIFY documentChanged)
  /// Has changes that are not saved.
  Q_PROPERTY(bool edited READ edited NOTIFY documentChanged)
  Q_PROPERTY(bool canUndo READ canUndo NOTIFY documentChanged)
  Q_PROPERTY(bool canRedo READ canRedo NOTIFY documentChanged)
  /// "7 phases, 48 epochs"
  Q_PROPERTY(QString summary READ summary NOTIFY documentChanged)
  Q_PROPERTY(darkroom::app::PhaseRowModel* phases READ phases CONSTANT)
  Q_PROPERTY(QString rateRange READ rateRange NOTIFY documentChanged)
  Q_PROPERTY(int phase READ phase WRITE setPhase NOTIFY documentChanged)
  Q_PROPERTY(QString phaseName READ phaseName WRITE setPhaseName NOTIFY documentChanged)
  /// "epochs 43–48, 18,000 optimiser steps, 4 h"
  Q_PROPERTY(QString phaseDetail READ phaseDetail NOTIFY documentChanged)
  Q_PROPERTY(darkroom::app::PlanSettingModel* schedule READ schedule CONSTANT)
  Q_PROPERTY(darkroom::app::PlanSettingModel* loss READ loss CONSTANT)
  /// Values of the plan that its phases may override.
  Q_PROPERTY(darkroom::app::PlanSettingModel* general READ general CONSTANT)
  Q_PROPERTY(darkroom::app::SourceRowModel* sources READ sources CONSTANT)
  /// "572,320 latents"
  Q_PROPERTY(QString sourcesText READ sourcesText NOTIFY documentChanged)
  /// Datasets of the workspace that the phase does not use, by name.
  Q_PROPERTY(QStringList otherDatasets READ otherDatasets NOTIFY documentChanged)
  Q_PROPERTY(darkroom::app::PlanProblemModel* problems READ problems CONSTANT)
  /// "2 warnings, nothing stops the launch"
  Q_PROPERTY(QString problemsText READ problemsText NOTIFY documentChanged)
  Q_PROPERTY(darkroom::app::PlanForecast* forecast READ forecast CONSTANT)
  Q_PROPERTY(darkroom::app::PlanLaunch* launch READ launch CONSTANT)
  /// Against another plan, see compareWith(); empty while none is compared.
  Q_PROPERTY(darkroom::app::PlanDifferenceModel* differences READ differences CONSTANT)
  Q_PROPERTY(QString comparedWith READ comparedWith NOTIFY documentChanged)

 public:
  /// workspacePath: its plans/, datasets/ and runs/ are used.
  PlansViewModel(TrainingClient* client, const QString& workspacePath, QObject* parent = nullptr);
  ~PlansViewModel() override;

  PlanFileModel* files() const { return m_files; }
  QString current() const { return m_current; }
  QString name() const;
  void setName(const QString& name);
  bool edited() const { return open() && document().edited(); }
  bool canUndo() const { return open() && document().canUndo(); }
  bool canRedo() const { return open() && document().canRedo(); }
  QString summary() const;
  PhaseRowModel* phases() const { return m_phases; }
  QString rateRange() const;
  int phase() const { return m_phase; }
  void setPhase(int phase);
  QString phaseName() const;
  void setPhaseName(const QString& name);
  QString phaseDetail() const;
  PlanSettingModel* schedule() const { return m_schedule; }
  PlanSettingModel* loss() const { return m_loss; }
  PlanSettingModel* general() const { return m_general; }
  SourceRowModel* sources() const { return m_sources; }
  QString sourcesText() const { return m_sourcesText; }
  QStringList otherDatasets() const { return m_otherDatasets; }
  PlanProblemModel* problems() const { return m_problems; }
  QString problemsText() const;
  PlanForecast* forecast() const { return m_forecast; }
  PlanLaunch* launch() const { return m_launch; }
  PlanDifferenceModel* differences() const { return m_differences; }
  QString comparedWith() const { return m_comparedWith; }

  /// Looks for plans and datasets again.
  Q_INVOKABLE void refresh();
  /// Opens a plan, or a new one from a template. Failing that, `failed`, and the open one stays.
  Q_INVOKABLE void openPlan(const QString& key);
  /// Opens a plan that was made elsewhere, not saved yet.
  void openDraft(const TrainingPlan& plan);
  Q_INVOKABLE void save();
  Q_INVOKABLE void undo();
  Q_INVOKABLE void redo();
  /// From a control: see putSetting(). `general` for the plan's own values, else the phase's.
  Q_INVOKABLE void put(const QString& key, const QVariant& shown, bool general);
  /// The phase no longer has a value of its own.
  Q_INVOKABLE void inherit(const QString& key);
  Q_INVOKABLE void duplicatePhase();
  Q_INVOKABLE void removePhase();
  /// By how many places; negative: earlier.
  Q_INVOKABLE void movePhase(int by);
  /// A dataset folder of this computer.
  Q_INVOKABLE void addSource(const QUrl& folder);
  /// One of `otherDatasets`: a dataset comes beside the others, a mixture takes the place of what the phase has.
  Q_INVOKABLE void addWorkspaceSource(const QString& name);
  Q_INVOKABLE void removeSource(int row);
  Q_INVOKABLE void setShare(int row, double percent);
  Q_INVOKABLE void setLocked(int row, bool locked);
  /// Fills `differences` against another plan or template; an empty key ends it.
  Q_INVOKABLE void compareWith(const QString& key);
  /// Plans, datasets and forecast have been read.
  bool settled() const;

 signals:
  void documentChanged();
  void failed(const QString& text);

 private:
  bool open() const { return m_documents.contains(m_current); }
  PlanDocument& document() { return m_documents.at(m_current); }
  const PlanDocument& document() const { return m_documents.at(m_current); }
  void listFiles();
  QString savedFile();
  void showDocument();
  void showSources();
  PhaseTimes times();
  double globalBatch(int phase) const;
  QString datasetPath(const QString& name) const { return m_workspacePath + QStringLiteral("/datasets/") + name; }
  template <typename Edit>
  void edit(Edit&& change);

  QString m_workspacePath;
  PlanFiles m_store;
  std::map<QString, PlanDocument> m_documents;  ///< that were opened, by key
  QString m_current;
  int m_phase = 0;
  QList<int> m_locked;
  DatasetFacts m_facts;
  PlanFileModel* m_files;
  PhaseRowModel* m_phases;
  PlanSettingModel* m_schedule;
  PlanSettingModel* m_loss;
  PlanSettingModel* m_general;
  SourceRowModel* m_sources;
  PlanProblemModel* m_problems;
  PlanDifferenceModel* m_differences;
  PlanForecast* m_forecast;
  PlanLaunch* m_launch;
  QString m_sourcesText;
  QStringList m_otherDatasets;
  QStringList m_datasets;  ///< names of those of the workspace, and "mixtures/<name>.json"
  QString m_comparedWith;
  QTimer m_gesture;  ///< an edit after a pause is an undo step of its own
};

}  // namespace darkroom::app
