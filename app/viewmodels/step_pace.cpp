// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/step_pace.h"

#include <algorithm>

namespace darkroom::app {

void StepPace::begin(int stepCount) {
  m_step = 0;
  m_stepCount = stepCount;
  m_firstStep = 0;
}

void StepPace::advance(int step, int stepCount, qint64 now_ms) {
  // From the first step on that was told: what came before it was loading, and no step.
  if (m_firstStep == 0) {
    m_firstStep = step;
    m_first_ms = now_ms;
  } else if (step > m_firstStep && now_ms > m_first_ms) {
    m_stepsPerSecond = (step - m_firstStep) * 1000.0 / static_cast<double>(now_ms - m_first_ms);
  }
  m_step = step;
  m_stepCount = stepCount;
}

double StepPace::fraction() const { return m_stepCount > 0 ? std::min(1.0, static_cast<double>(m_step) / m_stepCount) : 0; }

double StepPace::secondsLeft(int moreImages) const {
  return (m_stepCount - m_step + static_cast<double>(moreImages) * m_stepCount) / m_stepsPerSecond;
}

}  // namespace darkroom::app
