// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "core/base/json.h"
#include "core/metrics/step_report.h"
#include "core/train/run_recorder.h"
#include "core/train/step_statistics.h"
#include "core/train/training_state.h"

namespace darkroom {

/// What becomes known of the steps of one rank. A step's numbers are read when the next one is on its way, so that a GPU's queue never runs
/// dry; every rank reads them, as the guard and the quarantine decide by them, and rank 0 writes them down. Not thread-safe.
class StepReports {
 public:
  /// state, group  must outlive this
  StepReports(const TrainingPlan& plan, TrainingState& state, ProcessGroup& group, torch::Device device, int64_t total_steps);

  /// Rank 0 writes rows and journal from now on. `recorder` must outlive this.
  void write_to(RunRecorder& recorder) { recorder_ = &recorder; }
  /// Into the journal, on rank 0.
  void record(JournalEvent event, const Json& fields);

  /// From here on time counts for the next step: what went before it (a save, a validation) is not its own.
  void restart_clock();
  /// Puts the step that was just made on its way, and reads the one before.
  ///
  /// guard   its state after the step, as TrainingState::advance gave it
  /// returns whether the step before asked that all ranks stop
  bool add(const PhaseData& phase, StepStatistics statistics, torch::Tensor guard, double lr, double waited_s);
  /// Reads the step that is on its way, if any.
  void finish(const PhaseData& phase);

  /// The validation after the newest step: its row gets the losses, and so do checkpoints from now on.
  void validated(int64_t step, const std::optional<StepStatistics::Reading>& losses);
  /// Whether all ranks agreed to draw samples, once.
  bool take_sample_agreed();
  /// Puts the facts "losses" and "validated_step".
  void describe(Json& facts) const;

 private:
  // A step that is on its way: what its report needs when the device has come so far.
  struct Pending {
    StepStatistics statistics;
    torch::Tensor guard;
    StepReport report;
  };
  StepReport facts(const PhaseData& phase, double lr, double waited_s);
  bool settle(const PhaseData& phase, const Pending& pending);
  void judge(const PhaseData& phase, int64_t step, const GradientGuard::Verdict& verdict);
  void shut_out(const PhaseData& phase, int64_t step);

  const TrainingPlan& plan_;
  TrainingState& state_;
  ProcessGroup& group_;
  torch::Device device_;
  int64_t total_steps_;
  RunRecorder* recorder_ = nullptr;  ///< of rank 0
  std::optional<Pending> pending_;
  std::optional<StepStatistics::Reading> validation_;  ///< the last
  int64_t validated_step_ = -1;
  Json losses_ = Json::object();
  double step_started_s_ = 0;
  bool sample_agreed_ = false;
};

}  // namespace darkroom
