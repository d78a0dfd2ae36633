// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>

namespace darkroom::app {

/// A part of the horizontal axis, in its units.
struct AxisRange {
  double from = 0;
  double to = 1;

  double size() const { return to - from; }
  /// What stands for "everything, also what is still to come": NaN to NaN.
  static AxisRange everything() { return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()}; }
  /// Both ends are finite and in order: a part that was chosen.
  bool chosen() const;
};

/// `shown` after the wheel turned by `notches` (positive: nearer) with the pointer at x, which stays where it is. Never leaves
/// [0, 1.06 last], where `last` is the newest x; everything() when that is filled; unchanged when it would become too narrow for a double.
AxisRange zoomed(AxisRange shown, double x, double notches, double last);

/// `pressed` moved by `shift` axis units, not below zero.
AxisRange panned(AxisRange pressed, double shift);

}  // namespace darkroom::app
