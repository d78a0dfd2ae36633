// SPDX-License-Identifier: Apache-2.0
// The CPU's side is read from /proc; CUDA's side stands in cuda_devices.cpp or no_cuda_devices.cpp.
#include "core/engine/device_list.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "core/base/format.h"
#include "core/base/host_memory.h"
#include "core/base/process_memory.h"
#include "core/engine/cuda_devices.h"

namespace darkroom {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      const size_t colon = line.find(':');
      return colon == std::string::npos ? line : line.substr(colon + 2);
    }
  }
  return "CPU";
}

uint64_t total_memory() { return host_memory().value_or(HostMemory{}).total_bytes; }

int usable_cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices = list_cuda_devices();
  devices.push_back({"cpu", cpu_name(), total_memory(), usable_cores(), "kernels " + at::get_cpu_capability()});
  return devices;
}

std::vector<DeviceLoad> DeviceMonitor::sample() {
  std::vector<DeviceLoad> loads = sample_cuda_devices();
  const HostMemory memory = host_memory().value_or(HostMemory{});
  DeviceLoad cpu{"cpu", memory.total_bytes - memory.available_bytes, memory.total_bytes, process_memory().resident_bytes, 0};
  std::ifstream file("/proc/stat");
  std::string label;
  file >> label;
  uint64_t all = 0;
  uint64_t idle = 0;
  uint64_t ticks = 0;
  for (int field = 0; field < 8 && file >> ticks; ++field) {
    all += ticks;
    idle += field == 3 || field == 4 ? ticks : 0;  // idle and iowait
  }
  if (all_ticks_ != 0 && all > all_ticks_) {
    cpu.load = static_cast<double>(all - idle - busy_ticks_) / static_cast<double>(all - all_ticks_);
  }
  all_ticks_ = all;
  busy_ticks_ = all - idle;
  loads.push_back(cpu);
  return loads;
}

torch::Device resolve_device(const std::string& wanted) {
  const std::vector<DeviceInfo> devices = list_devices();
  if (wanted == "auto") {
    return torch::Device(devices.front().id == "cpu" && at::globalContext().hasMPS() ? "mps" : devices.front().id);
  }
  std::string known = "auto";
  for (const DeviceInfo& device : devices) {
    if (device.id == wanted || (wanted == "cuda" && device.id == "cuda:0")) {
      return torch::Device(device.id);
    }
    known += ", " + device.id;
  }
  if (wanted == "mps" && at::globalContext().hasMPS()) {
    return torch::Device("mps");
  }
  fail(ErrorCode::usage, "There is no device '{}' here; known are {}.", wanted, known);
}

}  // namespace darkroom
