// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of the Plans page. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QPointF>
#include <QStringList>
#include <QVariantList>

#include "app/viewmodels/plan_differences.h"
#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A plan of the workspace, or a template that a new one can be made from.
struct PlanFileItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< path of a file, or "template:<name>"
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(QString detail MEMBER detail)  ///< "7 phases, 48 epochs"; a template's description
  Q_PROPERTY(bool isTemplate MEMBER isTemplate)
 public:
  QString key, name, detail;
  bool isTemplate = false;
  bool operator==(const PlanFileItem&) const = default;
};

class PlanFileModel : public RowListModel<PlanFileItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A phase on the timeline.
struct PhaseRow {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(QString epochsText MEMBER epochsText)  ///< "epochs 11–17"
  Q_PROPERTY(
      QString startText MEMBER startText)       ///< when it starts: "30 h", or "step 12,000" while times are not known; "" when neither is
  Q_PROPERTY(double weight MEMBER weight)       ///< of all time (or steps), 0 to 1
  Q_PROPERTY(QVariantList rate MEMBER rate)     ///< points: x 0 to 1 over the phase, y 0 (top) to 1, logarithmic over the whole plan
  Q_PROPERTY(QString rateText MEMBER rateText)  ///< "1e-5"
  Q_PROPERTY(double dropout MEMBER dropout)     ///< 0 to 1 of the plan's largest
  Q_PROPERTY(QString dropoutText MEMBER dropoutText)
  Q_PROPERTY(double gamma MEMBER gamma)  ///< 0 to 1 of the plan's largest
  Q_PROPERTY(QString gammaText MEMBER gammaText)
  Q_PROPERTY(QStringList sourceNames MEMBER sourceNames)
  Q_PROPERTY(QList<qreal> sourceShares MEMBER sourceShares)
  Q_PROPERTY(QList<int> sourceColors MEMBER sourceColors)  ///< 0 to 3: a dataset has the same band colour in every phase
  Q_PROPERTY(int problems MEMBER problems)
 public:
  QString name, epochsText, startText;
  double weight = 0;
  QVariantList rate;
  QString rateText;
  double dropout = 0;
  QString dropoutText;
  double gamma = 0;
  QString gammaText;
  QStringList sourceNames;
  QList<qreal> sourceShares;
  QList<int> sourceColors;
  int problems = 0;
  bool operator==(const PhaseRow&) const = default;
};

class PhaseRowModel : public RowListModel<PhaseRow> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A source of the chosen phase.
struct SourceRow {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)  ///< of the dataset's folder
  Q_PROPERTY(QString path MEMBER path)
  Q_PROPERTY(QString rowsText MEMBER rowsText)      ///< "213,458", or "not found"
  Q_PROPERTY(QString passesText MEMBER passesText)  ///< how often an epoch goes through it: "0.50 × an epoch"; "" when not known
  Q_PROPERTY(double percent MEMBER percent)         ///< 0 to 100
  Q_PROPERTY(bool locked MEMBER locked)             ///< the other sliders leave it alone
  Q_PROPERTY(int band MEMBER band)                  ///< as PhaseRow::sourceColors
  Q_PROPERTY(QString problem MEMBER problem)        ///< a sentence, or empty
 public:
  QString name, path, rowsText, passesText;
  double percent = 0;
  bool locked = false;
  int band = 0;
  QString problem;
  bool operator==(const SourceRow&) const = default;
};

class SourceRowModel : public RowListModel<SourceRow> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// One value of the plan or of the chosen phase; limits, unit and help come from `Parameters.info(key)`.
struct PlanSetting {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< of the parameter table: "phase.peak_lr"
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString section MEMBER section)  ///< "Schedule"; rows of one section stand together
  Q_PROPERTY(bool startsSection MEMBER startsSection)
  Q_PROPERTY(QString kind MEMBER kind)  ///< "slider", "number", "power" (shown as 1e-5), "switch", "choice", "text", "path"
  Q_PROPERTY(double number MEMBER number)
  Q_PROPERTY(double factor MEMBER factor)  ///< a shown number is the value times this: 100 for "%"
  Q_PROPERTY(QString unit MEMBER unit)
  Q_PROPERTY(QString text MEMBER text)  ///< of a choice, text or path
  Q_PROPERTY(QStringList choices MEMBER choices)
  Q_PROPERTY(QStringList choiceNames MEMBER choiceNames)  ///< as people read them
  Q_PROPERTY(QString note MEMBER note)                    ///< what follows from it: "0.8 % of 18,000"
  Q_PROPERTY(bool overrides MEMBER overrides)             ///< the phase has its own value instead of the plan's
  Q_PROPERTY(QString problem MEMBER problem)              ///< a sentence, or empty
 public:
  QString key, label, section, kind;
  bool startsSection = false;
  double number = 0;
  double factor = 1;
  QString unit, text;
  QStringList choices, choiceNames;
  QString note;
  bool overrides = false;
  QString problem;
  bool operator==(const PlanSetting&) const = default;
};

class PlanSettingModel : public RowListModel<PlanSetting> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Something that is wrong with the plan, or worth knowing before the launch.
struct PlanProblem {
  Q_GADGET
  Q_PROPERTY(QString place MEMBER place)  ///< "Phase 4, faces", "Model": where it is
  Q_PROPERTY(QString text MEMBER text)    ///< a sentence
  Q_PROPERTY(int phase MEMBER phase)      ///< that shows it; -1: the plan's own settings
  Q_PROPERTY(bool stops MEMBER stops)     ///< the plan cannot be launched
 public:
  QString place, text;
  int phase = -1;
  bool stops = true;
  bool operator==(const PlanProblem&) const = default;
};

class PlanProblemModel : public RowListModel<PlanProblem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Plans page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
