// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the audit's sheet. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A kind of finding that was met.
struct AuditKind {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)      ///< as `data audit` spells it: "truncated"
  Q_PROPERTY(QString title MEMBER title)  ///< "Cut short"
  Q_PROPERTY(QString help MEMBER help)
  Q_PROPERTY(QString countText MEMBER countText)
 public:
  QString key, title, help, countText;
  double count = 0;
  bool operator==(const AuditKind&) const = default;
};

class AuditKindModel : public RowListModel<AuditKind> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// One finding of the chosen kind.
struct AuditFinding {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)  ///< "<shard>::<sample>"
  Q_PROPERTY(QString detail MEMBER detail)
  Q_PROPERTY(QUrl picture MEMBER picture)
 public:
  QString name, detail;
  QUrl picture;
  bool operator==(const AuditFinding&) const = default;
};

class AuditFindingModel : public RowListModel<AuditFinding> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
