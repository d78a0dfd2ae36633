// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>

#include "app/viewmodels/row_list_model.h"
#include "core/base/json.h"

namespace darkroom::app {

/// A value that differs between two plans.
struct PlanDifference {
  Q_GADGET
  Q_PROPERTY(QString place MEMBER place)  ///< JSON pointer: "/phases/2/peak_lr"
  Q_PROPERTY(QString here MEMBER here)    ///< "1e-06", or "–" where it is missing
  Q_PROPERTY(QString there MEMBER there)
 public:
  QString place, here, there;
  bool operator==(const PlanDifference&) const = default;
};

class PlanDifferenceModel : public RowListModel<PlanDifference> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Every member that differs, by pointer, in the order of `here`.
QList<PlanDifference> differences(const Json& here, const Json& there);

}  // namespace darkroom::app
