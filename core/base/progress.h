// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace darkroom {

/// Where a long piece of work stands.
struct Progress {
  std::string stage;                   ///< what is being done: "encode latents"
  uint64_t done = 0;                   ///< in `unit`
  std::optional<uint64_t> total;       ///< absent while it is not known
  std::string unit = "items";          ///< "images", "steps", "bytes"
  std::optional<double> units_per_s;   ///< recent rate
  std::optional<double> seconds_left;  ///< by that rate
  std::string note;                    ///< one short remark: "loss 0.132"
};

/// Receives progress; called from the working thread, rarely enough to print.
using ProgressSink = std::function<void(const Progress&)>;

/// Turns "so many are done" into Progress with rate and time left, at most five times a second. Not thread-safe.
class ProgressMeter {
 public:
  ProgressMeter(ProgressSink sink, std::string stage, std::optional<uint64_t> total, std::string unit);
  void update(uint64_t done, const std::string& note = {});
  /// Reports the final state even when the last report was just made.
  void finish(const std::string& note = {});

 private:
  void report(const std::string& note);

  ProgressSink sink_;
  Progress state_;
  double started_s_;
  double reported_s_ = -1;
  uint64_t first_done_ = 0;
  bool any_ = false;
};

/// Seconds of a clock that never goes back, from an arbitrary start.
double monotonic_seconds();

}  // namespace darkroom
