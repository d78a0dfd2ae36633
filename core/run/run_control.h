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
  stop,    ///< end after the current step, state saved
  save,    ///< write a checkpoint after the current step, go on
  sample,  ///< draw the plan's sample pictures and validate after the current step or the one behind it, go on
  pause,   ///< free the devices after the current step, state saved; the supervisor stays
  resume,  ///< go on after a pause
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

/// What becomes of wishes that were there before.
enum class EarlierRequests {
  forget,  ///< an earlier launch left them unanswered: they were meant for it
  keep,    ///< the supervisor of this launch has cleared the folder already
};

/// The answering side: the trainer's, in rank 0, answers stop, save and sample; the supervisor's pause and resume. Not thread-safe.
class RunControl {
 public:
  explicit RunControl(const RunDirectory& run, EarlierRequests earlier = EarlierRequests::forget,
                      std::vector<RunRequestKind> kinds = {RunRequestKind::stop, RunRequestKind::save, RunRequestKind::sample});

  /// Wishes of its kinds since the last poll, each taken out of the folder and written to the journal. Costs one failed file look-up a kind
  /// when there is none.
  std::vector<RunRequest> poll();

 private:
  RunDirectory run_;
  std::vector<RunRequestKind> kinds_;
};

}  // namespace darkroom
