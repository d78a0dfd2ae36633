// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <optional>

#include "app/viewmodels/run_items.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"

namespace darkroom::app {

/// The samples that a run made, one step at a time: roles of SampleItem.
class SampleGridModel : public RowListModel<SampleItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  /// Steps that have samples, ascending.
  Q_PROPERTY(QList<int> steps READ steps NOTIFY stepsChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY stepsChanged)
  /// Which of `steps` is shown; follows the newest until the user picks another. -1 while there are none.
  Q_PROPERTY(int stepIndex READ stepIndex WRITE setStepIndex NOTIFY stepIndexChanged)
  /// The step that is shown; 0 while there are none.
  Q_PROPERTY(int step READ step NOTIFY stepIndexChanged)

 public:
  explicit SampleGridModel(QObject* parent = nullptr) : RowListModel(parent) {}

  /// Pictures of one step, as found in the run directory.
  struct Step {
    int step = 0;
    QList<SampleItem> samples;
    bool operator==(const Step&) const = default;
  };

  QList<int> steps() const;
  int stepCount() const { return static_cast<int>(m_steps.size()); }
  int stepIndex() const { return m_stepIndex; }
  void setStepIndex(int index);
  int step() const { return m_stepIndex < 0 ? 0 : m_steps[m_stepIndex].step; }

  void setSteps(const QList<Step>& steps);

 signals:
  void stepsChanged();
  void stepIndexChanged();

 private:
  void showStep();

  QList<Step> m_steps;
  int m_stepIndex = -1;
  bool m_followNewest = true;
};

/// The samples of a run directory for the grid: the category from the file's name, the prompt from the plan's validation.
QList<SampleGridModel::Step> sampleSteps(const std::vector<RunDirectory::StepSamples>& samples, const std::optional<TrainingPlan>& plan);

}  // namespace darkroom::app
