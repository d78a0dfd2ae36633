// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <optional>

#include "app/runs/run_curves.h"
#include "app/runs/run_items.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"

namespace darkroom::app {

/// The samples that a run made: all of one step, with those of another step beside them, or one prompt over all steps. Roles of SampleItem.
class SampleGridModel : public RowListModel<SampleItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
  Q_PROPERTY(Mode mode READ mode WRITE setMode NOTIFY modeChanged)
  /// Steps that have samples, ascending.
  Q_PROPERTY(QList<int> steps READ steps NOTIFY stepsChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY stepsChanged)
  /// Which of `steps` is shown; follows the newest until the user picks another. -1 while there are none.
  Q_PROPERTY(int stepIndex READ stepIndex WRITE setStepIndex NOTIFY stepIndexChanged)
  /// The step that is shown; 0 while there are none.
  Q_PROPERTY(int step READ step NOTIFY stepIndexChanged)
  /// Which of `steps` is beside it; the first until the user picks another.
  Q_PROPERTY(int besideIndex READ besideIndex WRITE setBesideIndex NOTIFY stepIndexChanged)
  Q_PROPERTY(int besideStep READ besideStep NOTIFY stepIndexChanged)
  /// Which prompt is shown over all steps, and in large; its place among those of a step.
  Q_PROPERTY(int chosen READ chosen WRITE setChosen NOTIFY chosenChanged)
  /// That picture at the step that is shown.
  Q_PROPERTY(QUrl chosenUrl READ chosenUrl NOTIFY chosenChanged)
  Q_PROPERTY(QUrl chosenBesideUrl READ chosenBesideUrl NOTIFY chosenChanged)
  Q_PROPERTY(QString chosenCategory READ chosenCategory NOTIFY chosenChanged)
  Q_PROPERTY(QString chosenPrompt READ chosenPrompt NOTIFY chosenChanged)

 public:
  enum Mode { OneStep, Wipe, AllSteps };
  Q_ENUM(Mode)

  explicit SampleGridModel(QObject* parent = nullptr) : RowListModel(parent) {}

  /// Pictures of one step, as found in the run directory.
  struct Step {
    int step = 0;
    QList<SampleItem> samples;
    bool operator==(const Step&) const = default;
  };

  Mode mode() const { return m_mode; }
  void setMode(Mode mode);
  QList<int> steps() const;
  int stepCount() const { return static_cast<int>(m_steps.size()); }
  int stepIndex() const { return m_stepIndex; }
  void setStepIndex(int index);
  int step() const { return m_stepIndex < 0 ? 0 : m_steps[m_stepIndex].step; }
  int besideIndex() const { return m_besideIndex; }
  void setBesideIndex(int index);
  int besideStep() const { return m_besideIndex < 0 || m_steps.isEmpty() ? 0 : m_steps[m_besideIndex].step; }
  int chosen() const { return m_chosen; }
  void setChosen(int chosen);
  QUrl chosenUrl() const { return pictureOf(m_stepIndex).imageUrl; }
  QUrl chosenBesideUrl() const { return pictureOf(m_besideIndex).imageUrl; }
  QString chosenCategory() const { return pictureOf(m_stepIndex).category; }
  QString chosenPrompt() const { return pictureOf(m_stepIndex).prompt; }

  /// Shows the samples of a step, or of the one before it that has some.
  Q_INVOKABLE void showStepAt(double step);

  const QList<Step>& all() const { return m_steps; }
  void setSteps(const QList<Step>& steps);

 signals:
  void modeChanged();
  void stepsChanged();
  void stepIndexChanged();
  void chosenChanged();

 private:
  void show();
  SampleItem pictureOf(int stepIndex) const;

  QList<Step> m_steps;
  Mode m_mode = OneStep;
  int m_stepIndex = -1;
  int m_besideIndex = -1;
  int m_chosen = 0;
  bool m_followNewest = true;
};

/// The samples of a run directory for the grid: the category from the file's name, the prompt from the plan's validation.
QList<SampleGridModel::Step> sampleSteps(const std::vector<RunDirectory::StepSamples>& samples, const std::optional<TrainingPlan>& plan);

/// Writes under each picture the validation loss of the source that has its category's name, and marks those of the newest step whose
/// source is being forgotten.
void addLosses(QList<SampleGridModel::Step>& steps, const RunCurves& curves, const QStringList& forgotten);

}  // namespace darkroom::app
