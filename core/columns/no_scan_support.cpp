// SPDX-License-Identifier: Apache-2.0
// Other processors: the plain loops.
#include "core/columns/scan_kernels.h"

namespace darkroom::columns {

const ScanKernels& scan_kernels() { return plain_scan_kernels(); }

std::span<const ScanKernels* const> runnable_scan_kernels() {
  static const ScanKernels* const only = &plain_scan_kernels();
  return {&only, 1};
}

}  // namespace darkroom::columns
