// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QList>
#include <QObject>
#include <QString>

namespace darkroom::app {

/// A phase of the plan as a stretch of the horizontal axis; x by SeriesAxis::Kind. `to` is NaN for the phase that runs now.
struct PhaseBand {
  QString name;
  double from[4];
  double to[4];
};

/// Where a run was resumed; x by SeriesAxis::Kind.
struct RestartMark {
  double x[4];
};

/// What stands behind the lines of one run's plots: phases and restarts. Filled by the run's view model, drawn by plots.
class PlotMarks : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by a run")
  Q_PROPERTY(int restartCount READ restartCount NOTIFY changed)

 public:
  using QObject::QObject;

  int restartCount() const { return static_cast<int>(m_restarts.size()); }
  const QList<PhaseBand>& phases() const { return m_phases; }
  const QList<RestartMark>& restarts() const { return m_restarts; }
  void set(QList<PhaseBand> phases, QList<RestartMark> restarts);

 signals:
  void changed();

 private:
  QList<PhaseBand> m_phases;
  QList<RestartMark> m_restarts;
};

}  // namespace darkroom::app
