// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/engine/device_list.h"

namespace darkroom {

/// Empty where the engine was built without CUDA or no driver answers.
std::vector<DeviceInfo> list_cuda_devices();
std::vector<DeviceLoad> sample_cuda_devices();

}  // namespace darkroom
