// SPDX-License-Identifier: Apache-2.0
// For tests of work that tells its progress, which they do not look at.
#pragma once

#include "core/base/progress.h"

namespace darkroom::test {

inline const ProgressSink quiet = [](const Progress&) {};

}  // namespace darkroom::test
