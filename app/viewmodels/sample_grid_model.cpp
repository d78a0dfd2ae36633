// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/sample_grid_model.h"

namespace darkroom::app {

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

}  // namespace darkroom::app
