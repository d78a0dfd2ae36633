// SPDX-License-Identifier: Apache-2.0
#include "core/sample/preview_pace.h"

#include <algorithm>

namespace darkroom {

void PreviewPace::made(double now_s, double cost_s) { next_s_ = now_s + std::max(shortest_interval_s, cost_s / largest_share); }

void PreviewShrink::took(double cost_s, double step_s) {
  constexpr double growth = 4;     // in cost, for sides twice as long
  constexpr double reserve = 0.8;  // so that it does not go back and forth
  const double allowed_s = PreviewPace::largest_share * step_s;
  if (cost_s > allowed_s) {
    divisor_ = std::min(2 * divisor_, most);
  } else if (growth * cost_s <= reserve * allowed_s) {
    divisor_ = std::max<int64_t>(divisor_ / 2, 1);
  }
}

}  // namespace darkroom
