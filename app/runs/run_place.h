// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <limits>

#include "app/runs/run_items.h"

namespace darkroom::app {

/// Where a run stands in its plan, and what follows from it.
struct RunPlace {
  struct Phase {
    QString name;
    double epochs = 0;
  };

  double step = 0;       ///< optimiser steps done
  double stepCount = 0;  ///< of the whole plan; 0 until the run has said it
  double epoch = 0;      ///< fractional, over all phases
  int phase = 0;         ///< number of the phase that runs, from 1; 0: not begun
  QList<Phase> phases;   ///< of the plan
  double secondsPerStep = std::numeric_limits<double>::quiet_NaN();

  double epochs() const;
  QStringList phaseNames() const;
  /// 0 to 1.
  double progress() const;
  /// "phase 3 of 7, epoch 21 of 33, step 170,762 of 279,219".
  QString text() const;
  /// For the strip: widths by epochs. `runs`: the phase that it is in counts as active.
  QList<PhaseItem> items(bool runs) const;
  /// At the present pace; NaN until known.
  double secondsLeft() const;
  double phaseSecondsLeft() const;
};

}  // namespace darkroom::app
