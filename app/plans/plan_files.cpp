// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include "app/viewmodels/free_name.h"
#include "core/base/error.h"
#include "core/plan/plan_templates.h"

namespace darkroom::app {
namespace {

const QString kTemplate = QStringLiteral("template:");

QString planFileText(const char* text, int number = -1) { return QCoreApplication::translate("PlanFiles", text, nullptr, number); }

}  // namespace

QString planCountText(const TrainingPlan& plan) {
  return planFileText("%n phase(s)", static_cast<int>(plan.phases.size())) + ", " +
         planFileText("%n epoch(s)", static_cast<int>(plan.total_epochs()));
}

QList<PlanFileItem> PlanFiles::plans() const {
  QList<PlanFileItem> rows;
  for (const QFileInfo& file : QDir(m_folder).entryInfoList({"*.json"}, QDir::Files, QDir::Time)) {
    PlanFileItem item{.key = file.filePath(), .name = file.completeBaseName()};
    try {
      std::vector<Problem> problems;
      item.detail = planCountText(parse_plan(read_json_file(file.filePath().toStdString()), problems));
    } catch (const Error&) {
      item.detail = planFileText("cannot be read");
    }
    rows << item;
  }
  return rows;
}

QList<PlanFileItem> PlanFiles::templates() {
  QList<PlanFileItem> rows;
  for (const PlanTemplate& entry : plan_templates()) {
    rows << PlanFileItem{.key = kTemplate + QString::fromStdString(entry.name),
                         .name = QString::fromStdString(entry.name).replace('_', ' '),
                         .detail = QString::fromStdString(entry.description),
                         .isTemplate = true};
  }
  return rows;
}

PlanDocument PlanFiles::read(const QString& key) const {
  PlanDocument document;
  if (key.startsWith(kTemplate)) {
    document.open(with_resolved_paths(plan_template(key.mid(kTemplate.size()).toStdString()), m_folder.toStdString()), {});
  } else {
    document.openFile(key);
  }
  return document;
}

QString PlanFiles::save(PlanDocument& plan) const {
  if (plan.file().isEmpty()) {
    return saveAs(plan, QString::fromStdString(plan.plan().name));
  }
  plan.save(plan.file());
  return plan.file();
}

QString PlanFiles::saveAs(PlanDocument& plan, const QString& name) const {
  QDir().mkpath(m_folder);
  QString file = freePath(m_folder, fileNameOf(name, QStringLiteral("plan")), QStringLiteral(" "), QStringLiteral(".json"));
  plan.save(file);
  return file;
}

}  // namespace darkroom::app
