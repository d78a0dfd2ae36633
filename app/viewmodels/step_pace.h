// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <limits>

namespace darkroom::app {

/// How far an image is, how fast its steps go by, and what is left.
class StepPace {
 public:
  /// Another request, perhaps another model: nothing is known of the speed.
  void forget() { m_stepsPerSecond = std::numeric_limits<double>::quiet_NaN(); }
  /// An image begins. The speed of the one before it holds until its own is known.
  void begin(int stepCount);
  /// `step` of `stepCount` steps are done at `now_ms` of a clock that never goes back.
  void advance(int step, int stepCount, qint64 now_ms);

  int step() const { return m_step; }
  int stepCount() const { return m_stepCount; }
  bool complete() const { return m_step >= m_stepCount; }
  /// 0 to 1.
  double fraction() const;
  /// NaN until two steps were seen.
  double stepsPerSecond() const { return m_stepsPerSecond; }
  /// Of this image and `moreImages` like it; NaN until the speed is known.
  double secondsLeft(int moreImages = 0) const;

 private:
  int m_step = 0;
  int m_stepCount = 0;
  int m_firstStep = 0;  ///< that was told of this image; 0: none yet
  qint64 m_first_ms = 0;
  double m_stepsPerSecond = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace darkroom::app
