// SPDX-License-Identifier: Apache-2.0
#include "core/hub/retry_policy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/progress.h"

namespace darkroom {

bool may_pass_by_itself(int status) {
  constexpr std::array statuses{408, 425, 429, 500, 502, 503, 504};
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

double retry_delay_s(const RetryPolicy& policy, int fruitless, std::optional<double> asked_s, double unit_random) {
  const double doubled = policy.first_delay_s * std::exp2(std::clamp(fruitless, 0, 30));
  const double delay = std::min(doubled, policy.longest_delay_s) * (0.5 + 0.5 * unit_random);
  return std::max(delay, asked_s.value_or(0));
}

double retry_jitter() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

void wait_for_next_try(const RetryPolicy& policy, const std::string& what, const std::string& reason, int fruitless,
                       std::optional<double> asked_s, const CancelToken& cancel) {
  if (fruitless >= policy.tries || asked_s.value_or(0) > policy.longest_wait_s) {
    fail(ErrorCode::io, "{}: given up after {} tries: {}", what, fruitless, reason);
  }
  const double delay_s = retry_delay_s(policy, fruitless - 1, asked_s, retry_jitter());
  log().warn("{}: {}; again in {:.1f} s", what, reason, delay_s);
  wait_for(delay_s, cancel);
}

void wait_for(double seconds, const CancelToken& cancel) {
  constexpr double slice_s = 0.05;
  const double until = monotonic_seconds() + seconds;
  cancel.check();
  for (double left = seconds; left > 0; left = until - monotonic_seconds()) {
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, slice_s)));
    cancel.check();
  }
}

}  // namespace darkroom
