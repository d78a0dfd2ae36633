// SPDX-License-Identifier: Apache-2.0
// Load and memory by NVML, loaded when it is there (it belongs to the driver, not to the toolkit): asking the CUDA runtime would give every
// process that only watches, such as the supervisor of a training, a context of its own on each device.
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

struct NvmlMemory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

// The few NVML calls that are needed, where the library is there.
class Nvml {
 public:
  Nvml() {
    library_ = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    int (*init)() = nullptr;
    find("nvmlInit_v2", init);
    find("nvmlDeviceGetHandleByPciBusId_v2", handle_);
    find("nvmlDeviceGetUtilizationRates", utilization_);
    find("nvmlDeviceGetMemoryInfo", memory_);
    found_ = init != nullptr && handle_ != nullptr && utilization_ != nullptr && memory_ != nullptr && init() == 0;
  }

  // By bus, since CUDA_VISIBLE_DEVICES renumbers CUDA's devices and not NVML's. False where the driver does not say.
  bool sample(const cudaDeviceProp& properties, NvmlUtilization& rates, NvmlMemory& memory) const {
    void* device = nullptr;
    const std::string bus = format("{:08x}:{:02x}:{:02x}.0", properties.pciDomainID, properties.pciBusID, properties.pciDeviceID);
    return found_ && handle_(bus.c_str(), &device) == 0 && utilization_(device, &rates) == 0 && memory_(device, &memory) == 0;
  }

 private:
  template <typename Function>
  void find(const char* name, Function*& function) {
    function = library_ != nullptr ? reinterpret_cast<Function*>(dlsym(library_, name)) : nullptr;
  }

  void* library_ = nullptr;
  int (*handle_)(const char*, void**) = nullptr;
  int (*utilization_)(void*, NvmlUtilization*) = nullptr;
  int (*memory_)(void*, NvmlMemory*) = nullptr;
  bool found_ = false;
};

// What this process's allocator holds; nothing before it first used the device.
uint64_t held_bytes(c10::DeviceIndex index) {
  auto* allocator = c10::cuda::CUDACachingAllocator::get();
  return allocator->initialized() ? static_cast<uint64_t>(allocator->getDeviceStats(index).reserved_bytes[0].current) : 0;
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
  static const Nvml nvml;
  std::vector<DeviceLoad> loads;
  for (int i = 0; i < at::cuda::device_count(); ++i) {
    const auto index = static_cast<c10::DeviceIndex>(i);
    const cudaDeviceProp& properties = *at::cuda::getDeviceProperties(index);
    NvmlUtilization rates{};
    NvmlMemory memory{properties.totalGlobalMem, properties.totalGlobalMem, 0};
    nvml.sample(properties, rates, memory);
    loads.push_back({format("cuda:{}", i), memory.used, memory.total, held_bytes(index), rates.gpu / 100.0});
  }
  return loads;
}

}  // namespace darkroom
