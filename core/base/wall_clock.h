// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace darkroom {

/// Seconds since 1970 by the machine's clock: for what people and other programs read (rows, journal, names of files). The clock may jump,
/// so nothing is decided by it: how long something took, or is silent, is told by monotonic_seconds(), and order by numbers. Thread-safe.
double wall_seconds();

/// While it lives, wall_seconds() of this process is what `clock` gives: so a test lets the clock jump in the middle of a run. One at a
/// time; `clock` is called from any thread.
class WallClockReplacement {
 public:
  explicit WallClockReplacement(std::function<double()> clock);
  ~WallClockReplacement();
  WallClockReplacement(const WallClockReplacement&) = delete;
  WallClockReplacement& operator=(const WallClockReplacement&) = delete;
};

}  // namespace darkroom
