// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_plan_text.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStringList>

#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString planText(const char* text) { return QCoreApplication::translate("RunPlan", text); }

}  // namespace

QList<PlanLineItem> planLines(const TrainingPlan& plan, int phase_index) {
  if (plan.phases.empty()) {
    return {};
  }
  const PhasePlan& phase = plan.phases[static_cast<size_t>(std::clamp(phase_index, 0, static_cast<int>(plan.phases.size()) - 1))];
  const BatchPlan& batch = plan.batch_of(phase);
  QStringList sources;
  for (const SourcePlan& source : phase.sources) {
    const QString name = QFileInfo(QString::fromStdString(source.dataset)).fileName();
    sources << (phase.sources.size() > 1 ? name + ' ' + Format::percent(source.share) : name);
  }
  QList<PlanLineItem> lines{
      {planText("Model"), QString::fromStdString(plan.model.layout)},
      {planText("Sources"), sources.join(QStringLiteral(", "))},
      {planText("Epochs"), Format::count(static_cast<double>(plan.total_epochs()))},
      {planText("Batch"), batch.accumulation > 1 ? QStringLiteral("%1 × %2").arg(batch.per_device).arg(batch.accumulation)
                                                 : QString::number(batch.per_device)},
      {planText("Learning rate"), Format::figure(phase.peak_lr) + ", " + QString::fromStdString(phase.schedule)},
      {planText("Guidance drop"), Format::percent(phase.cfg_dropout)},
      {planText("Min-SNR gamma"), phase.min_snr_gamma > 0 ? QString::number(phase.min_snr_gamma) : planText("off")},
      {planText("EMA"), QString::number(plan.ema_of(phase).decay)},
      {planText("Precision"), QString::fromStdString(plan.precision)}};
  return lines;
}

QString originText(const RunHead& head) {
  if (head.info.parent) {
    const auto step = RunDirectory::step_of_name(head.info.parent->checkpoint);
    return planText("branch of %1 at step %2")
        .arg(QString::fromStdString(head.parent_name), Format::count(static_cast<double>(step.value_or(0))));
  }
  return head.plan && head.plan->name != head.info.name ? QString::fromStdString(head.plan->name) : QString();
}

}  // namespace darkroom::app
