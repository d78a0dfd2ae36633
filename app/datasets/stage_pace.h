// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>

#include "app/datasets/dataset_items.h"

namespace darkroom::app {

/// How far a running stage is and how fast it goes, in the words of its column.
class StagePace {
 public:
  /// The stage begins.
  void start();
  double seconds() const { return static_cast<double>(m_since.elapsed()) / 1000; }
  /// Puts progress, "412,806 of 1,315,411" and "1,240 images/s · 12 min left" into the row.
  /// total  0: not known;  secondsLeft  negative: not known
  void put(StageItem& item, double done, double total, const QString& unit, double secondsLeft);

 private:
  QElapsedTimer m_since;
  double m_firstDone = -1;  ///< what an earlier run had done counts for no rate
};

}  // namespace darkroom::app
