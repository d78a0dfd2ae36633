// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/sample_grid_model.h"

#include <cmath>

#include "app/viewmodels/format.h"

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

QString SampleItem::help() const {
  QStringList lines{prompt, lossText.isEmpty() ? QString() : SampleGridModel::tr("validation loss %1").arg(lossText),
                    forgotten ? SampleGridModel::tr("is being forgotten: worse than its best by more than 5 %") : QString()};
  lines.removeAll(QString());
  return lines.join('\n');
}

QList<int> SampleGridModel::steps() const {
  QList<int> result;
  for (const Step& step : m_steps) {
    result.append(step.step);
  }
  return result;
}

void SampleGridModel::setMode(Mode mode) {
  if (mode != m_mode) {
    m_mode = mode;
    show();
    emit modeChanged();
  }
}

void SampleGridModel::setStepIndex(int index) {
  index = std::clamp(index, m_steps.isEmpty() ? -1 : 0, stepCount() - 1);
  m_followNewest = index == stepCount() - 1;
  if (index != m_stepIndex) {
    m_stepIndex = index;
    show();
    emit stepIndexChanged();
    emit chosenChanged();
  }
}

void SampleGridModel::setBesideIndex(int index) {
  index = std::clamp(index, m_steps.isEmpty() ? -1 : 0, stepCount() - 1);
  if (index != m_besideIndex) {
    m_besideIndex = index;
    show();
    emit stepIndexChanged();
    emit chosenChanged();
  }
}

void SampleGridModel::setChosen(int chosen) {
  const int last = m_stepIndex < 0 ? 0 : static_cast<int>(m_steps[m_stepIndex].samples.size()) - 1;
  chosen = std::clamp(chosen, 0, std::max(0, last));
  if (chosen != m_chosen) {
    m_chosen = chosen;
    show();
    emit chosenChanged();
  }
}

void SampleGridModel::showStepAt(double step) {
  int index = m_steps.isEmpty() ? -1 : 0;
  for (int i = 0; i < stepCount(); ++i) {
    index = m_steps[i].step <= step ? i : index;
  }
  setStepIndex(index);
}

void SampleGridModel::setSteps(const QList<Step>& steps) {
  if (steps == m_steps) {
    return;
  }
  const int shown = step();
  const int beside = besideStep();
  const bool had = !m_steps.isEmpty();
  m_steps = steps;
  int index = stepCount() - 1;
  int beside_index = m_steps.isEmpty() ? -1 : 0;
  for (int i = 0; i < stepCount(); ++i) {
    index = !m_followNewest && m_steps[i].step == shown ? i : index;
    beside_index = had && m_steps[i].step == beside ? i : beside_index;
  }
  emit stepsChanged();
  m_stepIndex = index;
  m_besideIndex = beside_index;
  show();
  emit stepIndexChanged();
  emit chosenChanged();
}

SampleItem SampleGridModel::pictureOf(int stepIndex) const {
  return stepIndex >= 0 && stepIndex < m_steps.size() ? m_steps[stepIndex].samples.value(m_chosen) : SampleItem();
}

void SampleGridModel::show() {
  QList<SampleItem> rows;
  if (m_mode == AllSteps) {
    for (int i = 0; i < stepCount(); ++i) {
      if (const SampleItem item = pictureOf(i); !item.imageUrl.isEmpty()) {
        rows << item;
      }
    }
  } else if (m_stepIndex >= 0) {
    rows = m_steps[m_stepIndex].samples;
    for (qsizetype i = 0; i < rows.size() && m_mode == Wipe; ++i) {
      rows[i].besideUrl = m_steps[m_besideIndex].samples.value(i).imageUrl;
    }
  }
  setRows(rows);
}

QList<SampleGridModel::Step> sampleSteps(const std::vector<RunDirectory::StepSamples>& samples, const std::optional<TrainingPlan>& plan) {
  QList<SampleGridModel::Step> steps;
  for (const RunDirectory::StepSamples& made : samples) {
    SampleGridModel::Step step{static_cast<int>(made.step), {}};
    for (size_t number = 0; number < made.files.size(); ++number) {
      SampleItem item;
      item.imageUrl = QUrl::fromLocalFile(QString::fromStdString(made.files[number].string()));
      item.category = categoryOf(made.files[number]);
      item.step = step.step;
      if (plan && number < plan->validation.prompts.size()) {
        item.prompt = QString::fromStdString(plan->validation.prompts[number].text);
      }
      step.samples.append(item);
    }
    steps.append(step);
  }
  return steps;
}

void addLosses(QList<SampleGridModel::Step>& steps, const RunCurves& curves, const QStringList& forgotten) {
  for (SampleGridModel::Step& step : steps) {
    for (SampleItem& item : step.samples) {
      const double loss = curves.validationAt(item.category, step.step);
      item.lossText = std::isfinite(loss) ? Format::number(loss, 3) : QString();
      item.forgotten = &step == &steps.last() && forgotten.contains(item.category, Qt::CaseInsensitive);
    }
  }
}

}  // namespace darkroom::app
