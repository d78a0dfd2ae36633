// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace darkroom {

enum class RunState {
  created,      ///< never launched
  running,      ///< a supervisor holds the lock
  paused,       ///< a supervisor holds the lock and waits, devices freed
  stopped,      ///< ended on request, state saved
  done,         ///< the plan is complete
  failed,       ///< a rank or the supervisor ended with an error
  interrupted,  ///< no supervisor, and nothing says why: killed, or the machine went down
};

std::string_view run_state_name(RunState state);
/// throws  Error{bad_input} for a name that is none
RunState run_state_from_name(std::string_view name);

/// Where a run stands, as derived from its directory.
struct RunStatus {
  std::string id;
  std::string name;
  std::string folder;  ///< absolute path of the run directory
  RunState state = RunState::created;
  int64_t step = 0;         ///< optimiser steps done
  int64_t total_steps = 0;  ///< 0 while unknown
  double epoch = 0;         ///< fractional, over all phases
  int64_t epochs = 0;       ///< of the whole plan
  int64_t phase = 0;        ///< index
  std::string phase_name;
  std::optional<double> loss;          ///< of the last step
  std::optional<double> images_per_s;  ///< recent mean
  std::optional<double> seconds_left;  ///< at the recent pace; only while running
  int64_t checkpoint_step = 0;         ///< newest complete checkpoint; 0 when there is none
  double created = 0;                  ///< s since 1970
  double changed = 0;                  ///< time of the last step or journal entry, s since 1970
  std::string reason;                  ///< why it stopped or failed; a sentence
  int64_t pid = 0;                     ///< of the supervisor; 0 when there is none
  std::string parent_run;              ///< id of the run it branched from; empty when fresh

  bool operator==(const RunStatus&) const = default;
};

Json to_json(const RunStatus& status);
/// throws  Error{bad_input} naming `where`
RunStatus run_status_from_json(const Json& json, std::string_view where);

}  // namespace darkroom
