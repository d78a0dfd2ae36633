// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the forecast's lists. Each property is a role of the model below it.
#pragma once

#include <QtQml/qqmlregistration.h>

#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// What a part of the memory of one device is for.
struct ForecastPart {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)  ///< "Gradients"
  Q_PROPERTY(QString text MEMBER text)  ///< "3.4 GB"
  Q_PROPERTY(double bytes MEMBER bytes)
  Q_PROPERTY(int series MEMBER series)  ///< 0 to 7, as the series colours; -1: grey
 public:
  QString name, text;
  double bytes = 0;
  int series = -1;
  bool operator==(const ForecastPart&) const = default;
};

class ForecastPartModel : public RowListModel<ForecastPart> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the forecast")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

/// What a phase takes.
struct ForecastPhase {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)
  Q_PROPERTY(QString speedText MEMBER speedText)  ///< images/s: "120"
  Q_PROPERTY(QString timeText MEMBER timeText)    ///< "3 h 30 min"
 public:
  QString name, speedText, timeText;
  bool operator==(const ForecastPhase&) const = default;
};

class ForecastPhaseModel : public RowListModel<ForecastPhase> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the forecast")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
 public:
  using RowListModel::RowListModel;
};

}  // namespace darkroom::app
