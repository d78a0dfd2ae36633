// SPDX-License-Identifier: Apache-2.0
// A build without CUDA.
#include "core/base/format.h"
#include "core/tensor/device_graph.h"

namespace darkroom {

bool has_device_graphs(torch::Device) { return false; }

std::unique_ptr<DeviceGraph> record_device_graph(torch::Device device, const std::function<void()>&) {
  throw std::invalid_argument(format("[record_device_graph] this build cannot record work on {}", device.str()));
}

}  // namespace darkroom
