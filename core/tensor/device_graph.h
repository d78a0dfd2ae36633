// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

namespace darkroom {

/// Work of a device, recorded once: a CUDA graph. Replaying it runs the same kernels on the same memory, without the host's time for
/// launching each of them.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  /// Queues the work on the device's current stream. What it reads and writes must still be where it was.
  virtual void replay() = 0;
};

/// Whether this build can record on the device.
bool has_device_graphs(torch::Device device);

/// Calls `work` once; its kernels are recorded and do not run. Memory that it asks for belongs to the graph from then on.
///
/// work    must have run before (libraries choose their kernels then), and must not wait for the device
/// throws  c10::Error for work that cannot be recorded
std::unique_ptr<DeviceGraph> record_device_graph(torch::Device device, const std::function<void()>& work);

}  // namespace darkroom
