// SPDX-License-Identifier: Apache-2.0
#include "core/engine/version.h"

#include <torch/version.h>

namespace darkroom {

std::string engine_version() { return DARKROOM_VERSION " (torch " TORCH_VERSION ")"; }

}  // namespace darkroom
