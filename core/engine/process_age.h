// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace darkroom {

/// Since the system started this process, the loading of libraries included; to 0.01 s. throws Error{io}
double seconds_since_process_start();

}  // namespace darkroom
