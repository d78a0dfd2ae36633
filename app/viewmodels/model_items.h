// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of the Models page. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// One line of what is known of a model.
struct ModelFact {
  Q_GADGET
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString value MEMBER value)
  Q_PROPERTY(bool mono MEMBER mono)  ///< a path or a hash
 public:
  QString label, value;
  bool mono = false;
  bool operator==(const ModelFact&) const = default;
};

class ModelFactModel : public RowListModel<ModelFact> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Models page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// Something that takes its time: an import, a download, a conversion, a hash.
struct ModelTask {
  Q_GADGET
  Q_PROPERTY(int id MEMBER id)
  Q_PROPERTY(QString title MEMBER title)       ///< "Downloading runwayml/stable-diffusion-v1-5"
  Q_PROPERTY(QString text MEMBER text)         ///< "1.2 of 4.0 GB, 3 min left"; of a failed one why
  Q_PROPERTY(QString detail MEMBER detail)     ///< log lines
  Q_PROPERTY(QString state MEMBER state)       ///< "running", "copying", "stopping", "done", "failed", "stopped"
  Q_PROPERTY(double progress MEMBER progress)  ///< 0 to 1; negative: not known
 public:
  int id = 0;
  QString title, text, detail;
  QString state = QStringLiteral("running");
  double progress = -1;
  bool operator==(const ModelTask&) const = default;
};

class ModelTaskModel : public RowListModel<ModelTask> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Models page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
