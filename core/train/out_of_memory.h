// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <exception>
#include <string>

#include "core/plan/training_plan.h"

namespace darkroom {

/// Whether an exception says that host or device memory ran out.
bool is_out_of_memory(const std::exception& error);

/// What to change, and to what, so that the same training fits: a smaller micro-batch with more accumulation (the global batch stays as it
/// was), or recomputation.
///
/// batch       of one rank when it happened
/// recomputes  whether blocks were recomputed already
/// saved_step  up to which the state is saved
std::string out_of_memory_advice(const std::exception& error, torch::Device device, const BatchPlan& batch, bool recomputes,
                                 int64_t saved_step);

}  // namespace darkroom
