// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/metrics/metrics_log.h"
#include "core/metrics/tensorboard_events.h"
#include "core/metrics/wandb_log.h"
#include "core/run/journal.h"
#include "core/run/run_control.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// What rank 0 writes into the run directory while it trains, and the wishes that it reads there. Not thread-safe.
///
/// A disk that is full or fails does not end the training: rows of metrics.jsonl and journal entries wait in memory, in order, and are
/// written when the disk takes them again; the copies for TensorBoard and Weights & Biases end with this launch.
class RunRecorder {
 public:
  /// first_step  steps of earlier launches that stay; rows of later ones are removed
  /// control     reads the wishes; must outlive this
  RunRecorder(const RunDirectory& run, const LoggingPlan& logging, RunControl& control, int64_t first_step);

  /// Rows that a resume took back.
  int64_t dropped_rows() const { return dropped_rows_; }
  void report(const StepReport& report);
  /// Shows the pictures of a folder (NN_category.png) in TensorBoard and Weights & Biases.
  void sampled(int64_t step, double time_s, const std::filesystem::path& folder);
  void journal(JournalEvent event, const Json& fields);
  /// Metrics to the disk: with each checkpoint.
  void sync();

  struct Wishes {
    bool stop = false;
    bool save = false;
    bool sample = false;
  };
  /// Wishes since the last call.
  Wishes wishes();

  /// Lines that wait for the disk.
  size_t waiting() const { return late_rows_.size() + late_entries_.size(); }

 private:
  void write_late();
  template <typename Write>
  void copy(Write&& write);

  int64_t dropped_rows_;
  Journal journal_;
  MetricsLog metrics_;
  std::unique_ptr<TensorboardWriter> tensorboard_;
  std::unique_ptr<WandbWriter> wandb_;
  RunControl& control_;
  std::deque<StepReport> late_rows_;
  std::deque<std::pair<JournalEvent, Json>> late_entries_;
};

}  // namespace darkroom
