// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/bench_cases.h"

namespace darkroom {

/// Metadata under rules: importing the parquet files of settings.file (a file or a folder), opening the cache, counting what five rules
/// keep, and moving one of their thresholds with every histogram following.
///
/// shape: rows, [N]; the median is that of counting with all threads. `more` has the rest: *_per_s_core are figures of one thread.
/// throws  Error{usage} without a file
BenchFigures bench_filter(const BenchSettings& settings);

}  // namespace darkroom
