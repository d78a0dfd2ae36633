// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>

namespace darkroom::app {

/// Stands where a number is not known.
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace darkroom::app
