// SPDX-License-Identifier: Apache-2.0
#include "core/base/progress.h"

#include <chrono>

namespace darkroom {

double monotonic_seconds() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

ProgressMeter::ProgressMeter(ProgressSink sink, std::string stage, std::optional<uint64_t> total, std::string unit)
    : sink_(std::move(sink)), started_s_(monotonic_seconds()) {
  state_.stage = std::move(stage);
  state_.total = total;
  state_.unit = std::move(unit);
}

void ProgressMeter::update(uint64_t done, const std::string& note) {
  if (!any_) {
    any_ = true;
    first_done_ = done;  // work that an earlier session did says nothing about the rate
  }
  state_.done = done;
  if (monotonic_seconds() - reported_s_ >= 0.2) {
    report(note);
  }
}

void ProgressMeter::finish(const std::string& note) { report(note); }

void ProgressMeter::report(const std::string& note) {
  reported_s_ = monotonic_seconds();
  const double elapsed_s = reported_s_ - started_s_;
  state_.note = note;
  if (elapsed_s > 0 && state_.done > first_done_) {
    state_.units_per_s = static_cast<double>(state_.done - first_done_) / elapsed_s;
    if (state_.total && *state_.total >= state_.done) {
      state_.seconds_left = static_cast<double>(*state_.total - state_.done) / *state_.units_per_s;
    }
  }
  if (sink_) {
    sink_(state_);
  }
}

}  // namespace darkroom
