// SPDX-License-Identifier: Apache-2.0
// The number of a batch follows from its row's epoch: cursor and row are written from the same count of batches, and a rollback takes back
// weights, never the cursor. World size 1 stands for all ranks, as the samples of a global batch do not depend on it.
#include "core/train/past_batch.h"

#include <cmath>

#include "core/base/format.h"
#include "core/metrics/metrics_log.h"
#include "core/run/journal.h"
#include "core/train/resume_point.h"
#include "core/train/sample_draws.h"
#include "core/train/training_model.h"

namespace darkroom {
namespace {

constexpr double epoch_tolerance = 1e-3;  // of a batch; rounding in the row's double is below 1e-8

StepReport row_of(const RunDirectory& run, int64_t step) {
  const std::optional<StepReport> row = read_metrics_of(run.metrics_file(), step);
  if (!row) {
    const RunStatus status = run.status();
    fail(ErrorCode::not_found, "{}: has no row of step {}; the run stands at step {}", run.metrics_file().string(), step, status.step);
  }
  return *row;
}

// Of its first launch that left something, as the newest checkpoint says; else of the newest launch. The row's epoch tells whether it is
// so.
int64_t ranks_of_batch(const RunDirectory& run) {
  int64_t ranks = 1;
  for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
    if (entry.event == JournalEvent::launched) {
      ranks = entry.fields.value("world_size", int64_t{1});
    }
  }
  const std::optional<CheckpointInfo> newest = run.newest_checkpoint();
  return newest ? newest->meta().value("batch_ranks", ranks) : ranks;
}

// What was in quarantine when the step's own broken samples had been found.
void restore_quarantine(SampleQuarantine& quarantine, const RunDirectory& run, int64_t step) {
  Json keys = Json::object();
  for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
    if (entry.event == JournalEvent::quarantined && entry.fields.value("step", int64_t{0}) <= step) {
      keys[entry.fields.value("dataset", "")].push_back(entry.fields.value("key", ""));
    }
  }
  quarantine.restore(keys, run.journal_file().string());
}

int64_t number_of(const PhaseData& phase, const StepReport& report, const RunDirectory& run) {
  const double batches = (report.epoch - static_cast<double>(phase.epochs_before)) * static_cast<double>(phase.mixture.batches_per_epoch());
  const double done = std::round(batches);
  if (std::abs(batches - done) > epoch_tolerance || done < 1 || done > static_cast<double>(phase.batches)) {
    fail(ErrorCode::bad_input,
         "{}: step {} was at epoch {:.4f}, which no batch of the phase \"{}\" ends at: the plan or its datasets have changed since, so its "
         "samples cannot be told",
         run.plan_file().string(), report.step, report.epoch, phase.plan->name);
  }
  return static_cast<int64_t>(done) - 1;
}

}  // namespace

void PastBatch::check_phase(const RunDirectory& run) const {
  if (report_.phase < 0 || report_.phase >= static_cast<int64_t>(data_.phases().size())) {
    fail(ErrorCode::bad_input, "{}: step {} was in phase {}, but the plan has {}", run.plan_file().string(), report_.step,
         report_.phase + 1, data_.phases().size());
  }
  for (const CheckpointInfo& checkpoint : run.checkpoints()) {
    const Json meta = checkpoint.meta();
    // One of an earlier version does not say what its batches were made of.
    if (meta.contains("batch_ranks") && meta.value("phase", int64_t{-1}) == report_.phase) {
      require_checkpoint_of_plan(meta, checkpoint.folder, plan_, data_);
    }
  }
}

PastBatch::PastBatch(const RunDirectory& run, int64_t step)
    : plan_(run.plan()), report_(row_of(run, step)), data_(plan_, 1, ranks_of_batch(run)) {
  check_phase(run);
  number_ = number_of(phase(), report_, run);
  SampleQuarantine quarantine;
  restore_quarantine(quarantine, run, step);
  const NoiseSchedule schedule = NoiseSchedule::from_config(scheduler_of_phase(*phase().plan), "the phase's scheduler");
  const TimestepRule rule = timestep_rule_of(*phase().plan);
  for (const MixtureSample& sample : phase().mixture.samples(phase().mixture.after(number_), 0)) {
    const TrainingSet& set = *phase().train.at(sample.source);
    const SampleKey key{.seed = static_cast<uint64_t>(plan_.seed), .phase = report_.phase, .order = sample.order};
    samples_.push_back({.set = &set,
                        .row = choose_row(set, sample.row, &quarantine).row,
                        .timestep = draw_timestep(key, schedule.train_steps(), rule),
                        .caption_dropped = draw_caption_dropout(key, phase().plan->cfg_dropout)});
  }
}

}  // namespace darkroom
