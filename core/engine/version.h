// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace darkroom {

/// "0.1.0 (torch 2.11.0)": of the program and the LibTorch that it runs on.
std::string engine_version();

}  // namespace darkroom
