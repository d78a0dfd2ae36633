// SPDX-License-Identifier: Apache-2.0
#include "core/train/step_reports.h"

#include <utility>

#include "core/base/progress.h"
#include "core/base/wall_clock.h"
#include "core/train/batch_samples.h"
#include "core/train/peak_memory.h"
#include "core/train/phase_progress.h"
#include "core/train/validation.h"

namespace darkroom {

StepReports::StepReports(const TrainingPlan& plan, TrainingState& state, ProcessGroup& group, torch::Device device, int64_t total_steps)
    : plan_(plan), state_(state), group_(group), device_(device), total_steps_(total_steps) {}

void StepReports::record(JournalEvent event, const Json& fields) {
  if (recorder_ != nullptr) {
    recorder_->journal(event, fields);
  }
}

void StepReports::restart_clock() { step_started_s_ = monotonic_seconds(); }

bool StepReports::add(const PhaseData& phase, StepStatistics statistics, torch::Tensor guard, double lr, double waited_s) {
  const std::optional<Pending> before =
      std::exchange(pending_, Pending{std::move(statistics), std::move(guard), facts(phase, lr, waited_s)});
  return before ? settle(phase, *before) : false;
}

void StepReports::finish(const PhaseData& phase) {
  if (pending_) {
    const Pending pending = *std::exchange(pending_, std::nullopt);
    settle(phase, pending);
  }
}

StepReport StepReports::facts(const PhaseData& phase, double lr, double waited_s) {
  const double now_s = monotonic_seconds();
  const double step_s = now_s - step_started_s_;
  step_started_s_ = now_s;
  const TrainingCursor& cursor = state_.cursor();
  StepReport report;
  report.step = cursor.step;
  report.micro_steps = cursor.micro_steps;
  report.total_steps = total_steps_;
  report.images = cursor.images;
  report.epoch = PhaseProgress(plan_, phase, cursor).epoch();
  report.phase = cursor.phase;
  report.time = wall_seconds();
  report.lr = lr;
  report.step_ms = step_s * 1e3;
  report.images_per_s = static_cast<double>(phase.global_batch) / step_s;
  report.data_wait_ms = waited_s * 1e3;
  report.peak_gib = peak_memory_gib(device_);
  return report;
}

// Reads a step's numbers, records them, and says whether it asked to stop.
bool StepReports::settle(const PhaseData& phase, const Pending& pending) {
  const StepStatistics::Reading reading = pending.statistics.read();
  StepReport report = pending.report;
  report.loss = reading.loss;
  report.loss_unweighted = reading.loss_unweighted;
  report.loss_by_noise = reading.loss_by_noise;
  report.loss_by_source = reading.loss_by_source;
  report.live_gib_by_rank = reading.live_gib;
  report.reserved_gib_by_rank = reading.reserved_gib;
  report.peak_gib_by_rank = reading.peak_gib;
  const GradientGuard::Verdict verdict = state_.guard().settle(report.step, pending.guard);
  report.grad_norm = verdict.norm;
  report.skipped = verdict.skipped.empty() ? 0 : 1;
  if (validation_ && report.step == validated_step_) {
    add_validation(report, *validation_);
  }
  if (recorder_ != nullptr) {
    recorder_->report(report);
  }
  judge(phase, report.step, verdict);
  if (reading.broken) {
    shut_out(phase, report.step);
  }
  sample_agreed_ = sample_agreed_ || reading.sample;
  losses_ = {{"loss", report.loss}, {"loss_unweighted", report.loss_unweighted}, {"grad_norm", report.grad_norm}};
  return reading.stop;
}

void StepReports::judge(const PhaseData& phase, int64_t step, const GradientGuard::Verdict& verdict) {
  if (verdict.skipped.empty() || recorder_ == nullptr) {
    return;
  }
  const int64_t batch = PhaseProgress(plan_, phase, state_.cursor()).batch_of_step(step);
  record(JournalEvent::skipped_batch, {{"step", step},
                                       {"reason", std::string(verdict.skipped)},
                                       {"norm", verdict.norm},
                                       {"mean", verdict.mean},
                                       {"keys", keys_of_batch(phase, batch, group_.place().world_size, state_.quarantine())}});
}

void StepReports::shut_out(const PhaseData& phase, int64_t step) {
  const int64_t batch = PhaseProgress(plan_, phase, state_.cursor()).batch_of_step(step);
  for (const BrokenSample& broken : shut_out_broken(phase, batch, group_.place().world_size, state_.quarantine())) {
    record(JournalEvent::quarantined, {{"step", step}, {"dataset", broken.dataset}, {"key", broken.key}, {"reason", broken.reason}});
  }
}

void StepReports::validated(int64_t step, const std::optional<StepStatistics::Reading>& losses) {
  validated_step_ = step;
  validation_ = losses;
}

bool StepReports::take_sample_agreed() { return std::exchange(sample_agreed_, false); }

void StepReports::describe(Json& facts) const {
  facts["losses"] = losses_;
  if (validation_) {
    facts["losses"]["validation"] = validation_->loss_unweighted;
    facts["validated_step"] = validated_step_;
  }
}

}  // namespace darkroom
