// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace darkroom {

/// This machine's name; `otherwise` where it cannot be told.
std::string host_name(const char* otherwise);

}  // namespace darkroom
