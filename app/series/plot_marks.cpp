// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/plot_marks.h"

namespace darkroom::app {

void PlotMarks::set(QList<PhaseBand> phases, QList<RestartMark> restarts) {
  m_phases = std::move(phases);
  m_restarts = std::move(restarts);
  emit changed();
}

}  // namespace darkroom::app
