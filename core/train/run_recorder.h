// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/metrics/metrics_log.h"
#include "core/metrics/tensorboard_events.h"
#include "core/run/journal.h"
#include "core/run/run_control.h"
#include "core/run/run_directory.h"

namespace darkroom {

/// What rank 0 writes into the run directory while it trains, and the wishes that it reads there. Not thread-safe.
class RunRecorder {
 public:
  /// first_step  steps of earlier launches that stay; rows of later ones are removed
  /// control     reads the wishes; must outlive this
  RunRecorder(const RunDirectory& run, const LoggingPlan& logging, RunControl& control, int64_t first_step);

  /// Rows that a resume took back.
  int64_t dropped_rows() const { return dropped_rows_; }
  void report(const StepReport& report);
  void validated(int64_t step, double time_s, double loss);
  void journal(JournalEvent event, const Json& fields) { journal_.append(event, fields); }
  /// Metrics to the disk: with each checkpoint.
  void sync();

  struct Wishes {
    bool stop = false;
    bool save = false;
  };
  /// Wishes since the last call.
  Wishes wishes();

 private:
  int64_t dropped_rows_;
  Journal journal_;
  MetricsLog metrics_;
  std::unique_ptr<TensorboardWriter> tensorboard_;
  RunControl& control_;
};

}  // namespace darkroom
