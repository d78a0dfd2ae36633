// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>
#include <QStringList>

#include "app/series/series_store.h"

namespace darkroom::app {

/// Colours and dashes that lines are told apart by.
inline constexpr int kLooks = 8;

/// A line that is drawn over the main one of a plot: another run, source or device.
struct SetLine {
  QPointer<SeriesStore> series;
  QString name;
  int look = 0;  ///< colour and dash, below kLooks
  bool smoothed = true;
  /// By SeriesAxis::Kind: whether the line can be drawn over it. A log of another program may know neither epochs nor images.
  bool axes[4] = {true, true, true, true};
};

/// Lines that come and go together, for a plot and its key.
class LineSet : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(QStringList names READ names NOTIFY changed)
  Q_PROPERTY(QList<int> looks READ looks NOTIFY changed)

 public:
  using QObject::QObject;

  const QList<SetLine>& lines() const { return m_lines; }
  QStringList names() const;
  QList<int> looks() const;
  void set(const QList<SetLine>& lines);

 signals:
  /// The lines, or their points, are not what they were.
  void changed();

 private:
  QList<SetLine> m_lines;
};

}  // namespace darkroom::app
