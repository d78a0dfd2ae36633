// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/json.h"

namespace darkroom {

/// Where a run stands: with the flat buffers, all that a resume needs. Everything else (rates, noise, order of data) follows from it.
struct TrainingCursor {
  int64_t step = 0;         ///< optimiser steps done in the run
  int64_t updates = 0;      ///< of the moments and the EMA: `step`, plus those of the checkpoint that the run started from
  int64_t micro_steps = 0;  ///< of a rank
  int64_t images = 0;       ///< of all ranks
  int64_t phase = 0;        ///< index in the plan
  int64_t phase_batch = 0;  ///< global batches of the phase that the optimiser has consumed
  bool operator==(const TrainingCursor&) const = default;
};

Json to_json(const TrainingCursor& cursor);
/// throws  Error{bad_input} naming `where` and the member
TrainingCursor training_cursor_from_json(const Json& json, std::string_view where);

}  // namespace darkroom
