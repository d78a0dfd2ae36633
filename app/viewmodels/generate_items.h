// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of the Generate page. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A model that can generate.
struct ModelItem {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)      ///< "Pocket (built in)", "demo run · step 400"
  Q_PROPERTY(QString path MEMBER path)      ///< what `generate --model` takes: "pocket" or a folder
  Q_PROPERTY(QString group MEMBER group)    ///< "Built in", "Models", "Checkpoints"
  Q_PROPERTY(QString detail MEMBER detail)  ///< "34 MB", "step 167,644"
  Q_PROPERTY(bool hasLive MEMBER hasLive)   ///< has live weights beside the EMA (a run's checkpoint)
  Q_PROPERTY(int size MEMBER size)          ///< px: the picture size it was trained for
 public:
  QString name, path, group, detail;
  bool hasLive = false;
  int size = 0;
  bool operator==(const ModelItem&) const = default;
};

class ModelListModel : public RowListModel<ModelItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
 public:
  using RowListModel::RowListModel;
};

struct SamplerItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)      ///< "ddim"
  Q_PROPERTY(QString title MEMBER title)  ///< "DDIM"
 public:
  QString key, title;
  bool operator==(const SamplerItem&) const = default;
};

class SamplerListModel : public RowListModel<SamplerItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
 public:
  using RowListModel::RowListModel;
};

/// One image of the request that runs (or ran last): the strip below the canvas.
struct BatchItem {
  Q_GADGET
  Q_PROPERTY(int number MEMBER number)          ///< 1, 2, …
  Q_PROPERTY(QString state MEMBER state)        ///< "waiting", "running", "done", "failed"
  Q_PROPERTY(QUrl imageUrl MEMBER imageUrl)     ///< preview or result; empty while waiting
  Q_PROPERTY(qlonglong imageId MEMBER imageId)  ///< in the gallery; 0 until it is stored
 public:
  int number = 0;
  QString state;
  QUrl imageUrl;
  qlonglong imageId = 0;
  bool operator==(const BatchItem&) const = default;
};

class BatchModel : public RowListModel<BatchItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A request that waits.
struct QueueItem {
  Q_GADGET
  Q_PROPERTY(qlonglong id MEMBER id)
  Q_PROPERTY(QString title MEMBER title)  ///< the prompt, shortened
  Q_PROPERTY(int images MEMBER images)
 public:
  qlonglong id = 0;
  QString title;
  int images = 1;
  bool operator==(const QueueItem&) const = default;
};

class QueueModel : public RowListModel<QueueItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
