// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/cancel_token.h"
#include "core/checkpoint/state_hash.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// What is to be replayed.
struct ReplayRequest {
  std::optional<int64_t> from;   ///< checkpoint's step; absent: the newest that has a later one, else the newest
  std::optional<int64_t> steps;  ///< absent: up to the next checkpoint of the run, else 2
};

struct ReplayResult {
  int64_t from = 0;
  int64_t to = 0;
  std::string against;                        ///< "checkpoint": of the run; "replay": a second replay, as the run has no checkpoint at `to`
  std::string hash;                           ///< of the replay's state at `to`
  std::optional<StateDifference> difference;  ///< absent: bit-exact
};

/// Trains a few steps once more from a checkpoint, in a scratch copy of the run with the devices of its last launch, and compares every
/// buffer with what the run itself had. The run is only read; it may be running.
///
/// throws  Error{not_found} when the run has no such checkpoint; Error{bad_input} when its plan ends before; Error{failed} with the
/// replay's
///         own words when it does not get there; Error{cancelled}
ReplayResult replay_run(const RunDirectory& run, const ReplayRequest& request, const CancelToken& cancel);

}  // namespace darkroom
