// SPDX-License-Identifier: Apache-2.0
#include "core/base/host_name.h"

#include <unistd.h>

namespace darkroom {

std::string host_name(const char* otherwise) {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : otherwise;
}

}  // namespace darkroom
