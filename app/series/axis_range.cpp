// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/axis_range.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {
namespace {

constexpr double kNotch = 0.85;      ///< of the part that is shown, a notch
constexpr double kRoom = 1.06;       ///< of the newest x
constexpr double kNarrowest = 1e-7;  ///< of everything

}  // namespace

bool AxisRange::chosen() const { return std::isfinite(from) && std::isfinite(to) && to > from; }

AxisRange zoomed(AxisRange shown, double x, double notches, double last) {
  const double factor = std::pow(kNotch, notches);
  const double whole = std::max(last * kRoom, 1e-9);
  const AxisRange next{std::max(0.0, x - (x - shown.from) * factor), std::min(whole, x + (shown.to - x) * factor)};
  if (next.size() >= whole * 0.999) {
    return AxisRange::everything();
  }
  return next.size() > whole * kNarrowest ? next : shown;
}

AxisRange panned(AxisRange pressed, double shift) {
  const double from = std::max(0.0, pressed.from + shift);
  return {from, from + pressed.size()};
}

}  // namespace darkroom::app
