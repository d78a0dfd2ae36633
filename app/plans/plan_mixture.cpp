// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_mixture.h"

#include <QCoreApplication>
#include <algorithm>

#include "app/plans/plan_timeline.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString mixtureText(const char* text, int number = -1) { return QCoreApplication::translate("PlanMixture", text, nullptr, number); }

}  // namespace

double rowsOf(const SourcePlan& source, DatasetFacts& facts) {
  const double rows = facts.of(QString::fromStdString(source.dataset)).rows;
  return source.limit ? std::min(rows, static_cast<double>(*source.limit)) : rows;
}

double rowsOf(const PhasePlan& phase, DatasetFacts& facts) {
  double rows = 0;
  bool all = true;
  for (const SourcePlan& source : phase.sources) {
    const double part = rowsOf(source, facts);
    all = all && part > 0;
    rows += part;
  }
  return all ? rows : 0;
}

QList<SourceRow> mixtureRows(const TrainingPlan& plan, const PhasePlan& phase, DatasetFacts& facts, const QList<int>& locked) {
  QList<SourceRow> rows;
  const QHash<QString, int> colors = sourceColors(plan);
  double all = 0;
  for (const SourcePlan& source : phase.sources) {
    all += rowsOf(source, facts);
  }
  for (const SourcePlan& source : phase.sources) {
    const QString path = QString::fromStdString(source.dataset);
    const DatasetFacts::Facts known = facts.of(path);
    const double part = rowsOf(source, facts);
    SourceRow row;
    row.name = datasetName(source.dataset);
    row.path = path;
    row.rowsText = !known.known ? QString() : known.problem.isEmpty() ? Format::count(part) : mixtureText("not found");
    row.passesText = part > 0 ? mixtureText("%1 × an epoch").arg(Format::number(source.share * all / part, 2)) : QString();
    row.percent = source.share * 100;
    row.locked = locked.contains(static_cast<int>(rows.size()));
    row.band = colors.value(path);
    row.problem = known.problem;
    if (known.problem.isEmpty() && known.known && known.latents < known.all) {
      row.problem = mixtureText("Left out: %n image(s) without latents.", static_cast<int>(known.all - known.latents));
    }
    rows << row;
  }
  return rows;
}

}  // namespace darkroom::app
