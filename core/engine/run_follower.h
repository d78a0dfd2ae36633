// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/engine/device_list.h"
#include "core/metrics/json_lines.h"
#include "core/metrics/metrics_log.h"
#include "core/protocol/channel.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// Sends what happens in the subscribed runs to the studio: new rows, the state when it changes, the devices. Reads run directories and
/// nothing else, so training never waits for it. Thread-safe.
class RunFollower {
 public:
  explicit RunFollower(Channel& channel) : channel_(channel) {}

  /// throws  Error{not_found | bad_input} when there is no run
  void subscribe(const std::string& folder, int64_t from_row);
  void unsubscribe(const std::string& folder);
  /// Sends what is new; call every 100 ms. A run that cannot be read any more is dropped with a Log message.
  void poll();

 private:
  struct Followed {
    RunDirectory run;
    MetricsTail rows;
    std::optional<RunStatus> last_status;
    double status_read_s = 0;
  };
  void poll_one(Followed& followed);

  Channel& channel_;
  std::mutex mutex_;
  std::map<std::string, Followed> followed_;
};

}  // namespace darkroom
