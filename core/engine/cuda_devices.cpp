// SPDX-License-Identifier: Apache-2.0
// Memory by the CUDA runtime; load by NVML, loaded when it is there (it belongs to the driver, not to the toolkit).
#include "core/engine/cuda_devices.h"

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <dlfcn.h>

#include "core/base/format.h"

namespace darkroom {
namespace {

struct NvmlUtilization {
  unsigned int gpu;
  unsigned int memory;
};

// The few NVML calls that are needed; all null where the library is missing.
struct Nvml {
  int (*init)() = nullptr;
  int (*handle)(unsigned int, void**) = nullptr;
  int (*utilization)(void*, NvmlUtilization*) = nullptr;

  Nvml() {
    if (void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)) {
      init = reinterpret_cast<int (*)()>(dlsym(library, "nvmlInit_v2"));
      handle = reinterpret_cast<int (*)(unsigned int, void**)>(dlsym(library, "nvmlDeviceGetHandleByIndex_v2"));
      utilization = reinterpret_cast<int (*)(void*, NvmlUtilization*)>(dlsym(library, "nvmlDeviceGetUtilizationRates"));
      if (init == nullptr || init() != 0) {
        utilization = nullptr;
      }
    }
  }
};

double load_of(int index) {
  static const Nvml nvml;
  void* device = nullptr;
  NvmlUtilization rates{};
  if (nvml.utilization == nullptr || nvml.handle == nullptr || nvml.handle(static_cast<unsigned>(index), &device) != 0 ||
      nvml.utilization(device, &rates) != 0) {
    return 0;
  }
  return rates.gpu / 100.0;
}

}  // namespace

std::vector<DeviceInfo> list_cuda_devices() {
  std::vector<DeviceInfo> devices;
  for (int i = 0; i < at::cuda::device_count(); ++i) {
    const cudaDeviceProp* properties = at::cuda::getDeviceProperties(static_cast<c10::DeviceIndex>(i));
    devices.push_back(
        {format("cuda:{}", i), properties->name, properties->totalGlobalMem, 0, format("sm_{}{}", properties->major, properties->minor)});
  }
  return devices;
}

std::vector<DeviceLoad> sample_cuda_devices() {
  std::vector<DeviceLoad> loads;
  for (int i = 0; i < at::cuda::device_count(); ++i) {
    const auto index = static_cast<c10::DeviceIndex>(i);
    const auto [free, total] = c10::cuda::CUDACachingAllocator::getMemoryInfo(index);
    const auto held = c10::cuda::CUDACachingAllocator::getDeviceStats(index).reserved_bytes[0].current;
    loads.push_back({format("cuda:{}", i), total - free, total, static_cast<uint64_t>(held), load_of(i)});
  }
  return loads;
}

}  // namespace darkroom
