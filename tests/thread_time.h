// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace darkroom::test {

/// Processor time that this thread has used, ms: what it did itself, whatever else the machine does.
inline double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace darkroom::test
