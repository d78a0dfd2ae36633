// SPDX-License-Identifier: Apache-2.0
// Linux: field 22 of /proc/self/stat, in clock ticks since the machine started. A program that starts itself again keeps it.
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/engine/process_age.h"

namespace darkroom {

double seconds_since_process_start() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));  // the name before it may hold anything
  std::string skipped;
  for (int field = 3; field < 22; ++field) {
    fields >> skipped;
  }
  double started_ticks = 0;
  if (!(fields >> started_ticks)) {
    throw Error(ErrorCode::io, "/proc/self/stat: field 22, the start of this process, cannot be read");
  }
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 -
         started_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace darkroom
