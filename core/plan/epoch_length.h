// SPDX-License-Identifier: Apache-2.0
// How long an epoch is: counted here and nowhere else, so that the loader, the schedule, the forecast and the studio agree.
#pragma once

#include <cstdint>

namespace darkroom {

/// Global batches, so optimiser steps, that an epoch over `rows` samples yields; the last one is filled with samples that come again.
///
/// rows          of all sources of the phase, after their limits; 0 gives 0
/// global_batch  >= 1: samples of one optimiser step over all ranks and micro-steps
constexpr int64_t epoch_batches(uint64_t rows, int64_t global_batch) {
  const auto batch = static_cast<uint64_t>(global_batch);
  return static_cast<int64_t>((rows + batch - 1) / batch);
}

}  // namespace darkroom
