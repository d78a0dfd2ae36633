// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/sample_grid_model.h"

namespace darkroom::app {
namespace {

/// "old harbour" of 07_old_harbour.png.
QString categoryOf(const std::filesystem::path& file) {
  const QString stem = QString::fromStdString(file.stem().string());
  qsizetype start = 0;
  while (start < stem.size() && stem[start].isDigit()) {
    ++start;
  }
  return stem.mid(start < stem.size() && stem[start] == '_' ? start + 1 : start).replace('_', ' ');
}

}  // namespace

QList<int> SampleGridModel::steps() const {
  QList<int> result;
  for (const Step& step : m_steps) {
    result.append(step.step);
  }
  return result;
}

void SampleGridModel::setStepIndex(int index) {
  index = std::clamp(index, m_steps.isEmpty() ? -1 : 0, stepCount() - 1);
  m_followNewest = index == stepCount() - 1;
  if (index != m_stepIndex) {
    m_stepIndex = index;
    showStep();
    emit stepIndexChanged();
  }
}

void SampleGridModel::setSteps(const QList<Step>& steps) {
  if (steps == m_steps) {
    return;
  }
  const int shown = step();
  m_steps = steps;
  int index = stepCount() - 1;
  if (!m_followNewest) {
    for (int i = 0; i < stepCount(); ++i) {
      index = m_steps[i].step == shown ? i : index;
    }
  }
  emit stepsChanged();
  m_stepIndex = index;
  showStep();
  emit stepIndexChanged();
}

void SampleGridModel::showStep() { setRows(m_stepIndex < 0 ? QList<SampleItem>() : m_steps[m_stepIndex].samples); }

QList<SampleGridModel::Step> sampleSteps(const std::vector<RunDirectory::StepSamples>& samples, const std::optional<TrainingPlan>& plan) {
  QList<SampleGridModel::Step> steps;
  for (const RunDirectory::StepSamples& made : samples) {
    SampleGridModel::Step step{static_cast<int>(made.step), {}};
    for (size_t number = 0; number < made.files.size(); ++number) {
      SampleItem item;
      item.imageUrl = QUrl::fromLocalFile(QString::fromStdString(made.files[number].string()));
      item.category = categoryOf(made.files[number]);
      if (plan && number < plan->validation.prompts.size()) {
        item.prompt = QString::fromStdString(plan->validation.prompts[number].text);
      }
      step.samples.append(item);
    }
    steps.append(step);
  }
  return steps;
}

}  // namespace darkroom::app
