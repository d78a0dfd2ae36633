// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QColor>
#include <QList>
#include <QObject>
#include <QPointer>

#include "app/series/series_store.h"

namespace darkroom::app {

/// A line over the main one: another run, or another metric of this run.
class PlotLine : public QObject {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(darkroom::app::SeriesStore* series READ series WRITE setSeries NOTIFY changed)
  Q_PROPERTY(QColor color MEMBER color NOTIFY changed)
  Q_PROPERTY(double width MEMBER width NOTIFY changed)
  /// Pattern in units of the line's width: [] solid, [5, 3], [1, 3], [8, 3, 1, 3].
  Q_PROPERTY(QList<qreal> dash MEMBER dash NOTIFY changed)
  Q_PROPERTY(bool smoothed MEMBER smoothed NOTIFY changed)
  Q_PROPERTY(bool visible MEMBER visible NOTIFY changed)

 public:
  using QObject::QObject;

  SeriesStore* series() const { return m_series; }
  void setSeries(SeriesStore* series) {
    if (series == m_series) {
      return;
    }
    if (m_series) {
      m_series->disconnect(this);
    }
    m_series = series;
    if (series) {
      connect(series, &SeriesStore::changed, this, &PlotLine::changed);
      connect(series, &QObject::destroyed, this, &PlotLine::changed);
    }
    emit changed();
  }

  QColor color = Qt::white;
  double width = 1.5;
  QList<qreal> dash;
  bool smoothed = true;
  bool visible = true;

 signals:
  /// Its looks or its points are not what they were.
  void changed();

 private:
  QPointer<SeriesStore> m_series;
};

}  // namespace darkroom::app
