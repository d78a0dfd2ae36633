// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/plans/plan_document.h"
#include "app/plans/plan_items.h"

namespace darkroom::app {

/// "7 phases, 48 epochs"
QString planCountText(const TrainingPlan& plan);

/// The plans of a workspace, a JSON file each, and the templates that come with the program. Each has a key: the path of its file, or
/// "template:<name>".
class PlanFiles {
 public:
  explicit PlanFiles(const QString& folder) : m_folder(folder) {}

  /// The newest first; one that cannot be read is there and says so.
  QList<PlanFileItem> plans() const;
  /// throws  Error when the program's resources are not there
  static QList<PlanFileItem> templates();
  /// Opens a plan, or a new one from a template, see PlanDocument::openFile(). throws Error{not_found | io | bad_input}
  PlanDocument read(const QString& key) const;
  /// Writes the plan into its file, or into a new one that is named after it; returns the path, which is its key from now on.
  /// throws  Error{io}
  QString save(PlanDocument& plan) const;
  /// Into a new file of this name. throws Error{io}
  QString saveAs(PlanDocument& plan, const QString& name) const;

 private:
  QString m_folder;
};

}  // namespace darkroom::app
