// SPDX-License-Identifier: Apache-2.0
// libgomp reads its environment once, when it is loaded, which is before main: so the program starts itself again with the variable set.
#include "core/engine/passive_threads.h"

#include <unistd.h>

#include <cstdlib>

namespace darkroom {

void wait_passively(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) {
    return;
  }
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::execv("/proc/self/exe", argv);  // returns only when it could not: then the threads spin, and all else works
}

}  // namespace darkroom
