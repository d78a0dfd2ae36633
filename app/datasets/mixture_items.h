// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the mixture's sheet. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A mixture of the workspace.
struct MixtureItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)  ///< name of its file, without the ending
  Q_PROPERTY(QString detail MEMBER detail)
 public:
  QString key, detail;
  bool operator==(const MixtureItem&) const = default;
};

class MixtureModel : public RowListModel<MixtureItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A dataset that is in the mixture, or could be.
struct MixturePart {
  Q_GADGET
  Q_PROPERTY(QString path MEMBER path)  ///< folder of the dataset
  Q_PROPERTY(QString title MEMBER title)
  Q_PROPERTY(QString rowsText MEMBER rowsText)  ///< "21,013 to train on"
  Q_PROPERTY(bool on MEMBER on)
  Q_PROPERTY(double percent MEMBER percent)         ///< of the samples
  Q_PROPERTY(double rows MEMBER rows)               ///< to train on; 0: none yet
  Q_PROPERTY(double limit MEMBER limit)             ///< rows at most; 0: all
  Q_PROPERTY(QString passesText MEMBER passesText)  ///< "1.20 × an epoch"
  Q_PROPERTY(QString problem MEMBER problem)        ///< why it cannot be in; or empty
  Q_PROPERTY(int band MEMBER band)                  ///< its colour, see Theme.bandColor
 public:
  QString path, title, rowsText;
  bool on = false;
  double percent = 0;
  double rows = 0;
  double limit = 0;
  QString passesText, problem;
  int band = 0;
  bool operator==(const MixturePart&) const = default;
};

class MixturePartModel : public RowListModel<MixturePart> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
