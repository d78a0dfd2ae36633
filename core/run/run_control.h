// SPDX-License-Identifier: Apache-2.0
// How another process asks a running run for something: one small file a wish in <run>/requests, polled by the trainer between steps.
// No signal, no socket: it works for whoever may write the run directory, also over ssh or a shared disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/run/run_directory.h"

namespace darkroom {

enum class RunRequestKind {
  stop,  ///< end after the current step, state saved
  save,  ///< write a checkpoint after the current step, go on
};

std::string_view run_request_name(RunRequestKind kind);

struct RunRequest {
  RunRequestKind kind = RunRequestKind::stop;
  double time = 0;   ///< s since 1970
  std::string from;  ///< who asks: "darkroom-engine run stop (pid 4711)"
};

/// Asks. Asking twice is asking once.
/// throws  Error{failed} when nobody runs the run (says how it stands), Error{io}
void send_request(const RunDirectory& run, RunRequestKind kind, const std::string& from);

/// The answering side: one in the run's rank 0 (or supervisor). Not thread-safe.
class RunControl {
 public:
  /// Wishes that an earlier launch left unanswered are removed: they were meant for it.
  explicit RunControl(const RunDirectory& run);

  /// Wishes since the last poll, each taken out of the folder and written to the journal. Costs two failed file look-ups when there is
  /// none.
  std::vector<RunRequest> poll();

 private:
  RunDirectory run_;
};

}  // namespace darkroom
