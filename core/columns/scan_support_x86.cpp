// SPDX-License-Identifier: Apache-2.0
// Apart from the loops: this file is compiled for any processor.
#include <array>

#include "core/columns/scan_kernels.h"

namespace darkroom::columns {

const ScanKernels& avx2_scan_kernels();
const ScanKernels& avx512_scan_kernels();

namespace {

struct Runnable {
  std::array<const ScanKernels*, 3> kernels{};
  size_t count = 0;
};

Runnable find_runnable() {
  Runnable found;
  found.kernels[found.count++] = &plain_scan_kernels();
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
                    __builtin_cpu_supports("popcnt") != 0;
  if (avx2) {
    found.kernels[found.count++] = &avx2_scan_kernels();
  }
  if (avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vbmi2") != 0 &&
      __builtin_cpu_supports("avx512vpopcntdq") != 0) {
    found.kernels[found.count++] = &avx512_scan_kernels();
  }
  return found;
}

const Runnable& runnable() {
  static const Runnable found = find_runnable();
  return found;
}

}  // namespace

const ScanKernels& scan_kernels() { return *runnable().kernels[runnable().count - 1]; }

std::span<const ScanKernels* const> runnable_scan_kernels() { return {runnable().kernels.data(), runnable().count}; }

}  // namespace darkroom::columns
