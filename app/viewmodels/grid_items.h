// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the lists of a grid. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QStringList>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A setting that the grid varies.
struct GridAxisItem {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)          ///< "cfg_scale", "replace"
  Q_PROPERTY(QString place MEMBER place)      ///< "Columns", "Rows", "Sheets"
  Q_PROPERTY(int kindIndex MEMBER kindIndex)  ///< in GridViewModel::kinds
  Q_PROPERTY(QString values MEMBER values)    ///< "numbers", "choices", "words"
  Q_PROPERTY(QString text MEMBER text)        ///< what was typed; of choices what is chosen, by their names
  Q_PROPERTY(QString hint MEMBER hint)        ///< what can be typed
  Q_PROPERTY(int valueCount MEMBER valueCount)
  Q_PROPERTY(QString problem MEMBER problem)      ///< a sentence; or empty
  Q_PROPERTY(QStringList options MEMBER options)  ///< names of what can be chosen
  Q_PROPERTY(QList<bool> chosen MEMBER chosen)    ///< of each of `options`
 public:
  QString key, place;
  int kindIndex = 0;
  QString values, text, hint;
  int valueCount = 0;
  QString problem;
  QStringList options;
  QList<bool> chosen;
  bool operator==(const GridAxisItem&) const = default;
};

class GridAxisModel : public RowListModel<GridAxisItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the grid")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// A picture of the sheet that is shown.
struct GridCellItem {
  Q_GADGET
  Q_PROPERTY(QString label MEMBER label)  ///< "CFG scale 7.5, DDIM"
  Q_PROPERTY(QString state MEMBER state)  ///< "waiting", "done", "failed"
  Q_PROPERTY(QUrl imageUrl MEMBER imageUrl)
  Q_PROPERTY(double imageId READ qmlId)  ///< in the gallery; 0 until it is there
 public:
  double qmlId() const { return static_cast<double>(imageId); }
  QString label, state;
  QUrl imageUrl;
  qlonglong imageId = 0;
  bool operator==(const GridCellItem&) const = default;
};

class GridCellModel : public RowListModel<GridCellItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the grid")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
