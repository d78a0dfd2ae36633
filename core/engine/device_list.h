// SPDX-License-Identifier: Apache-2.0
// What there is to compute on, and how busy it is.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace darkroom {

/// One device that --device and --devices accept.
struct DeviceInfo {
  std::string id;    ///< "cpu", "cuda:0"
  std::string name;  ///< "AMD EPYC 9B45", "NVIDIA GeForce RTX 5090"
  uint64_t memory_total_bytes = 0;
  int cores = 0;       ///< of a CPU: hardware threads that this process may use
  std::string detail;  ///< of a CPU: the instruction set that LibTorch's kernels use
};

/// How busy a device is now.
struct DeviceLoad {
  std::string id;
  uint64_t memory_used_bytes = 0;  ///< of the whole device; of a CPU: memory that is not available
  uint64_t memory_total_bytes = 0;
  uint64_t process_bytes = 0;  ///< of this engine: resident set, or what its allocator holds on the device
  double load = 0;             ///< 0 to 1
};

/// CUDA devices first, the CPU last.
std::vector<DeviceInfo> list_devices();

/// Measures the load between two calls; the first call reports a load of 0. Not thread-safe.
class DeviceMonitor {
 public:
  std::vector<DeviceLoad> sample();

 private:
  uint64_t busy_ticks_ = 0;
  uint64_t all_ticks_ = 0;
};

/// "auto" picks CUDA, then MPS, then CPU.
/// throws Error{usage} naming the devices that exist when `wanted` is none of them
torch::Device resolve_device(const std::string& wanted);

}  // namespace darkroom
