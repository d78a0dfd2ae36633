// SPDX-License-Identifier: Apache-2.0
// What a supervisor shows and records while the ranks train.
#pragma once

#include <optional>

#include "core/commands/command.h"
#include "core/engine/device_list.h"
#include "core/metrics/json_lines.h"
#include "core/metrics/metrics_log.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// Shows the run's progress from its metrics file.
class ProgressFromMetrics {
 public:
  ProgressFromMetrics(const RunDirectory& run, const TrainingPlan& plan, std::optional<int64_t> max_steps, CommandOutput& output)
      : rows_(run.metrics_file(), 0), plan_(plan), max_steps_(max_steps), output_(output) {}

  /// Reads on; cheap, never waits.
  void poll();
  const std::optional<StepReport>& last() const { return last_; }

 private:
  MetricsTail rows_;
  const TrainingPlan& plan_;
  std::optional<int64_t> max_steps_;
  CommandOutput& output_;
  std::optional<StepReport> last_;
  double started_s_ = -1;
  double shown_s_ = -1;
  int64_t first_step_ = 0;
};

/// Appends the devices' load to devices.jsonl once a second.
class DeviceRecorder {
 public:
  explicit DeviceRecorder(const RunDirectory& run) : lines_(run.devices_file()), devices_(list_devices()) { monitor_.sample(); }

  /// A full disk ends the recording, not the run.
  void poll();

 private:
  JsonLinesAppender lines_;
  DeviceMonitor monitor_;
  std::vector<DeviceInfo> devices_;
  double written_s_ = monotonic_seconds();
  bool broken_ = false;
};

}  // namespace darkroom
