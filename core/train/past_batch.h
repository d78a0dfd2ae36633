// SPDX-License-Identifier: Apache-2.0
// What a run was trained on at one of its steps, told afterwards from the run directory alone: the order of data is a pure function of the
// plan, so nothing of it is ever written down.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/step_report.h"
#include "core/run/run_directory.h"
#include "core/train/phase_data.h"
#include "core/train/sample_quarantine.h"

namespace darkroom {

/// One sample of a batch, as the step used it.
struct PastSample {
  const TrainingSet* set = nullptr;
  uint64_t row = 0;  ///< of `set`; the substitute's where the drawn one was in quarantine
  int64_t timestep = 0;
  bool caption_dropped = false;  ///< the model was given the empty caption
};

/// The samples of one optimiser step over all ranks and micro-steps. Opens the datasets of the plan.
class PastBatch {
 public:
  /// throws  Error{not_found} where metrics.jsonl has no such step, or a dataset is not there any more; Error{bad_input} where plan or
  ///         datasets are not those that the step was trained with, as far as the checkpoints and the step's own row can tell
  PastBatch(const RunDirectory& run, int64_t step);
  PastBatch(const PastBatch&) = delete;
  PastBatch& operator=(const PastBatch&) = delete;

  const TrainingPlan& plan() const { return plan_; }
  /// The step's row of metrics.jsonl.
  const StepReport& report() const { return report_; }
  const PhaseData& phase() const { return data_.phases()[static_cast<size_t>(report_.phase)]; }
  /// Number within the phase, 0 ….
  int64_t number() const { return number_; }
  /// In the order of data. A sample that was found broken later than this step is given by its substitute.
  const std::vector<PastSample>& samples() const { return samples_; }

 private:
  void check_phase(const RunDirectory& run) const;

  TrainingPlan plan_;
  StepReport report_;
  PlanData data_;
  int64_t number_ = 0;
  std::vector<PastSample> samples_;
};

}  // namespace darkroom
