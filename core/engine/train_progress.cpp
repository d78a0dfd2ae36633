// SPDX-License-Identifier: Apache-2.0
#include "core/engine/train_progress.h"

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/wall_clock.h"
#include "core/metrics/device_sample.h"

namespace darkroom {
namespace {

constexpr double recording_interval_s = 1;

}  // namespace

void ProgressFromMetrics::poll() {
  MetricsTail::Batch batch = rows_.poll();
  if (batch.rows.empty()) {
    return;
  }
  const StepReport& row = batch.rows.back();
  if (started_s_ < 0) {
    started_s_ = monotonic_seconds();
    first_step_ = row.step;
  }
  Progress progress;
  progress.stage = "train " + plan_.phases.at(static_cast<size_t>(row.phase)).name;
  progress.unit = "steps";
  progress.done = static_cast<uint64_t>(row.step);
  const int64_t total = max_steps_ ? std::min(*max_steps_, row.total_steps) : row.total_steps;
  progress.total = static_cast<uint64_t>(total);
  const double passed_s = monotonic_seconds() - started_s_;
  if (row.step > first_step_ && passed_s > 0) {
    progress.units_per_s = static_cast<double>(row.step - first_step_) / passed_s;
    progress.seconds_left = static_cast<double>(std::max<int64_t>(total - row.step, 0)) / *progress.units_per_s;
  }
  progress.note = format("loss {:.4f}  lr {:.2e}  {:.1f} images/s", row.loss, row.lr, row.images_per_s);
  last_ = row;
  if (output_.json() || monotonic_seconds() - shown_s_ > 0.2 || row.step == total) {
    shown_s_ = monotonic_seconds();
    output_.progress(progress);
  }
}

void DeviceRecorder::poll() {
  if (broken_ || monotonic_seconds() - written_s_ < recording_interval_s) {
    return;
  }
  written_s_ = monotonic_seconds();
  for (const DeviceLoad& load : monitor_.sample()) {
    DeviceLine line{.time = wall_seconds(),
                    .id = load.id,
                    .name = {},
                    .load = load.load,
                    .memory_used_bytes = load.memory_used_bytes,
                    .memory_total_bytes = load.memory_total_bytes,
                    .process_bytes = load.process_bytes};
    for (const DeviceInfo& device : devices_) {
      if (device.id == load.id) {
        line.name = device.name;
      }
    }
    try {
      lines_.append(to_json(line).dump());
    } catch (const Error& error) {
      broken_ = true;
      log().warn("devices.jsonl is no longer written: {}", error.what());
      return;
    }
  }
}

}  // namespace darkroom
