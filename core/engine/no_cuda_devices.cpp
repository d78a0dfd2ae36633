// SPDX-License-Identifier: Apache-2.0
#include "core/engine/cuda_devices.h"

namespace darkroom {

std::vector<DeviceInfo> list_cuda_devices() { return {}; }
std::vector<DeviceLoad> sample_cuda_devices() { return {}; }

}  // namespace darkroom
