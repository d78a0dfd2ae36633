// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QDateTime>
#include <QObject>

namespace darkroom::app {

/// QML singleton `Format`: numbers and times as people read them. A NaN or negative time is an empty text.
class Format : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_SINGLETON

 public:
  using QObject::QObject;

  /// "6.4 s", "48 s", "4 min 10 s", "1 h 33 min", "3 d 4 h".
  Q_INVOKABLE static QString duration(double seconds);
  /// The same in two parts, for "**1 h 33** min": everything before the last unit, and the last unit.
  Q_INVOKABLE static QString durationFigure(double seconds);
  Q_INVOKABLE static QString durationUnit(double seconds);
  /// "just now", "2 min ago", "5 h ago", "12 Nov".
  Q_INVOKABLE static QString ago(double seconds);
  /// "34 MB", "1.2 GB" (powers of 1000).
  Q_INVOKABLE static QString bytes(double count);
  /// How far a progress event is: "3.4 GB of 32.2 GB", "400 of 1,000", "400" where the total is 0, not known.
  static QString progress(double done, double total, const QString& unit);
  /// The same with the unit of what is no bytes: "400 of 1,000 images".
  static QString namedProgress(double done, double total, const QString& unit);
  /// Memory without its unit: "6.8" of GB.
  Q_INVOKABLE static QString gigabytes(double bytes);
  /// "170,762".
  Q_INVOKABLE static QString count(double value);
  /// Fixed decimals: number(0.11931, 4) = "0.1193"; a dash for NaN.
  Q_INVOKABLE static QString number(double value, int decimals);
  /// Four significant digits, in the shorter of plain and power form: "1.84e-6", "0.38", "119.6"; a dash for NaN.
  Q_INVOKABLE static QString figure(double value);
  /// The shortest power form: "1e-5", "1.5e-6"; "0" for 0.
  Q_INVOKABLE static QString power(double value);
  /// "40 %" of a fraction.
  Q_INVOKABLE static QString percent(double fraction, int decimals = 0);
};

}  // namespace darkroom::app
