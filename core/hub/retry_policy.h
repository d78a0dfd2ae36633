// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/cancel_token.h"

namespace darkroom {

/// When a request that came to nothing is made again.
struct RetryPolicy {
  int tries = 6;             ///< in a row without a new byte; then it is given up
  double first_delay_s = 1;  ///< doubled with each fruitless try
  double longest_delay_s = 60;
  double longest_wait_s = 600;  ///< a server that asks for more patience than this is given up
};

/// Whether an answer of this status may be another one later: 408, 425, 429, 500, 502, 503, 504.
bool may_pass_by_itself(int status);

/// Seconds before the next try.
///
/// The doubled delay times 0.5 to 1, so that many clients do not come back at once; not less than the server asked for.
///
/// fruitless      tries in a row that brought nothing, >= 0
/// asked_s        what Retry-After says, if anything
/// unit_random    in [0, 1)
double retry_delay_s(const RetryPolicy& policy, int fruitless, std::optional<double> asked_s, double unit_random);

/// A number in [0, 1) for retry_delay_s; differs between processes. Thread-safe.
double retry_jitter();

/// Waits before another try for `what`, and says so in the log.
///
/// reason     why the last try brought nothing
/// fruitless  tries in a row that brought nothing, the last one among them, >= 1
/// asked_s    what Retry-After says, if anything
/// throws     Error{io} "<what>: given up after 6 tries: <reason>" when the policy has no other try; Error{cancelled}
void wait_for_next_try(const RetryPolicy& policy, const std::string& what, const std::string& reason, int fruitless,
                       std::optional<double> asked_s, const CancelToken& cancel);

/// Sleeps. throws Error{cancelled} within 50 ms when somebody asks to stop
void wait_for(double seconds, const CancelToken& cancel);

}  // namespace darkroom
