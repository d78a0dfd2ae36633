// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace darkroom {

/// When the next preview may be made: at most five a second, and so seldom that previews take no more than 1 % of the time.
class PreviewPace {
 public:
  static constexpr double shortest_interval_s = 0.2;
  static constexpr double largest_share = 0.01;

  bool is_due(double now_s) const { return now_s >= next_s_; }
  /// A preview that took `cost_s` was ready at `now_s`.
  void made(double now_s, double cost_s);

 private:
  double next_s_ = 0;
};

/// By how much the latents' sides are divided before a decoder sees them, so that a preview costs little beside a step. Cost goes with
/// the square.
class PreviewShrink {
 public:
  static constexpr int64_t most = 8;

  /// 1, 2, 4 or 8.
  int64_t divisor() const { return divisor_; }
  /// A preview at divisor() took `cost_s` beside steps of `step_s`.
  void took(double cost_s, double step_s);

 private:
  int64_t divisor_ = 4;
};

}  // namespace darkroom
