// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <string_view>

namespace darkroom::app {

/// One row of core/plan's ParameterSpec table, for a control: limits, unit, help. QML value type `parameterInfo`.
class ParameterInfo {
  Q_GADGET
  QML_VALUE_TYPE(parameterInfo)
  Q_PROPERTY(QString key MEMBER key)
  Q_PROPERTY(QString unit MEMBER unit)
  Q_PROPERTY(double minimum MEMBER minimum)
  Q_PROPERTY(double maximum MEMBER maximum)
  Q_PROPERTY(double step MEMBER step)
  Q_PROPERTY(double defaultValue MEMBER defaultValue)
  /// Digits after the point that a field shows.
  Q_PROPERTY(int decimals MEMBER decimals)
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString help MEMBER help)

 public:
  QString key;
  QString unit;
  double minimum = 0;
  double maximum = 0;
  double step = 1;
  double defaultValue = 0;
  int decimals = 0;
  QString label;
  QString help;
};

/// The value, or the nearest limit of the parameter with this key of the table ("generate.steps").
double limited(double value, std::string_view key);

/// QML singleton `Parameters`: `Parameters.info("steps").maximum`.
class Parameters : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_SINGLETON

 public:
  using QObject::QObject;

  /// The parameter with this key of the table: "generate.steps", "phase.peak_lr"; without a group, of "generate": "steps", "cfg_scale",
  /// "width", "height", "seed", "count", "sampler", "weights", "prompt", "negative", "model". A key that the table lacks gives an info with
  /// an empty key (and a warning in the log).
  Q_INVOKABLE static darkroom::app::ParameterInfo info(const QString& key);
};

}  // namespace darkroom::app
