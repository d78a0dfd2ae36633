// SPDX-License-Identifier: Apache-2.0
// What the gradient guard has seen and done, as a checkpoint keeps it.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/json.h"
#include "core/kernels/gradient_guard.h"
#include "core/plan/training_plan.h"

namespace darkroom {

/// The guard's memory. All of it decides later steps, so all of it is in meta.json ("guard") and in the state's hash.
struct GuardRecord {
  double mean = 0;          ///< running mean of the gradient norms of this phase
  int64_t used = 0;         ///< gradients in it
  int64_t skipped = 0;      ///< unused gradients in a row
  int64_t rate_until = 0;   ///< the rate is lower up to and with this optimiser step of the run
  int64_t rollback_at = 0;  ///< the run is rolled back after this step; 0: not
  int64_t rollbacks = 0;    ///< without a used gradient between them
  int64_t anchor = 0;       ///< step of the last planned checkpoint, to which a rollback goes; 0: the start of the run
  bool operator==(const GuardRecord&) const = default;
};

Json to_json(const GuardRecord& record);
/// throws  Error{bad_input} naming `where` and the member
GuardRecord guard_record_from_json(const Json& json, std::string_view where);

/// The guard of one rank: its state on the device, and the record on the host, which is a step behind while a step is on its way.
class GradientGuard {
 public:
  GradientGuard(const GuardPlan& plan, torch::Device device);

  /// Takes up a record of a checkpoint.
  void restore(const GuardRecord& record);
  /// Another phase has other gradients: its usual length is learnt anew.
  void begin_phase();

  /// Judges the step whose gradient has this norm (see guard_gradient).
  /// returns  a copy of the state after it, float64 [guard_places] on the device, for settle()
  torch::Tensor judge(const torch::Tensor& norm);

  /// What became of a step.
  struct Verdict {
    double norm = 0;
    double mean = 0;           ///< before the step
    std::string_view skipped;  ///< "", "not_finite" or "spike"
  };
  /// Reads a step's state: waits for the device. `step`: of the run, 1 for the first. Orders a rollback after the next step when so many
  /// were skipped in a row; always after the next one, whether the run is stopped in between or not, so that a resume goes the same way.
  Verdict settle(int64_t step, const torch::Tensor& state);

  bool rollback_due(int64_t step) const { return record_.rollback_at != 0 && step >= record_.rollback_at; }
  /// Notes a rollback after `step` to a checkpoint with this record (or to the start of the run).
  /// throws  Error{failed} when it is one too many without a used gradient in between
  void rolled_back(int64_t step, const GuardRecord& of_checkpoint);

  /// What the learning rate of this step is multiplied with.
  double rate_factor(int64_t step) const { return step <= record_.rate_until ? plan_.rate_factor : 1.0; }

  void set_anchor(int64_t step) { record_.anchor = step; }
  /// Complete when no step is on its way.
  const GuardRecord& record() const { return record_; }

 private:
  void write_state();

  GuardPlan plan_;
  torch::Tensor state_;
  GuardRecord record_;
};

}  // namespace darkroom
