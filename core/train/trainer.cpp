// SPDX-License-Identifier: Apache-2.0
// The order of things, and nothing else: batches, steps, reports, checkpoints, phases. Tensor maths is in train_step, kernels and
// diffusion. A step's numbers are read when the next one is on its way, so that a GPU's queue never runs dry; the ranks agree on stopping
// the same way.
#include "core/train/trainer.h"

#include <ATen/Parallel.h>

#include <chrono>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/checkpoint/checkpoint.h"
#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/train/batch_samples.h"
#include "core/train/batcher.h"
#include "core/train/checkpoint_keeper.h"
#include "core/train/forecast.h"
#include "core/train/gradient_guard.h"
#include "core/train/out_of_memory.h"
#include "core/train/peak_memory.h"
#include "core/train/phase_data.h"
#include "core/train/resume_point.h"
#include "core/train/run_recorder.h"
#include "core/train/sample_quarantine.h"
#include "core/train/step_statistics.h"
#include "core/train/training_arena.h"
#include "core/train/training_cursor.h"
#include "core/train/training_model.h"
#include "core/train/validation.h"

namespace darkroom {
namespace {

double wall_seconds() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

ConvolutionMemory memory_of(const std::string& name) {
  return name == "channels_last" ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
}

bool draws_samples(const TrainingPlan& plan) {
  return std::any_of(plan.phases.begin(), plan.phases.end(), [&](const PhasePlan& phase) {
    const ValidationPlan& validation = plan.validation_of(phase);
    return !validation.prompts.empty();  // also where only `run sample` asks for them
  });
}

class Trainer {
 public:
  Trainer(const RunDirectory& run, const TrainingPlan& plan, ProcessGroup& group, const TrainerOptions& options, RunControl& control,
          const CancelToken& cancel)
      : run_(run),
        plan_(plan),
        group_(group),
        options_(options),
        control_(control),
        cancel_(cancel),
        checkpoint_(choose_checkpoint(run, group, options.device)),
        batch_ranks_(batch_ranks_of(checkpoint_, group.place())),
        data_(plan, group.place().world_size, batch_ranks_),
        model_(open_training_model(plan, options.device, draws_samples(plan))),
        text_(model_.text, options.device, plan.model.text_attention_mask),
        weights_(plan, *model_.unet, group, options.device),
        guard_(plan.guard, options.device) {
    const int64_t channels = data_.latent_shape()[0];
    if (channels != model_.unet->in_channels()) {
      fail(ErrorCode::bad_input, "The latents have {} channels, but the UNet takes {}: the datasets were encoded with another kind of VAE.",
           channels, model_.unet->in_channels());
    }
  }

  TrainingResult run() {
    start();
    std::optional<TrainingEnd> end;
    try {
      end = run_phases();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::peer_died) {
        save_what_is_left("lost");
      }
      throw;
    } catch (const std::exception& error) {
      if (is_out_of_memory(error)) {
        save_what_is_left("out_of_memory");
        const PhaseData& phase = current_phase();
        throw Error(ErrorCode::out_of_memory,
                    out_of_memory_advice(error, options_.device, phase.batch, settings_.run.recompute, cursor_.step));
      }
      throw;
    }
    const TrainingEnd how = end.value_or(TrainingEnd::finished);
    record(how == TrainingEnd::finished ? JournalEvent::finished : JournalEvent::stopped,
           {{"step", cursor_.step},
            {"reason", how == TrainingEnd::max_steps ? "max-steps"
                       : how == TrainingEnd::stopped ? "request"
                                                     : "end"}});
    return {how, cursor_.step};
  }

 private:
  // The phases that are left; how the run ended, or nothing at the plan's end.
  std::optional<TrainingEnd> run_phases() {
    const auto phases = static_cast<int64_t>(data_.phases().size());
    while (true) {
      const std::optional<TrainingEnd> end = run_phase(current_phase());
      if (end || cursor_.phase + 1 == phases) {
        return end;
      }
      ++cursor_.phase;
      cursor_.phase_batch = 0;
    }
  }

  const PhaseData& current_phase() const { return data_.phases().at(static_cast<size_t>(cursor_.phase)); }
  bool first() const { return group_.place().rank == 0; }
  int64_t ranks() const { return group_.place().world_size; }

  void record(JournalEvent event, const Json& fields) {
    if (recorder_) {
      recorder_->journal(event, fields);
    }
  }

  // --- start and resume -----------------------------------------------------------------------------------------------------------------

  void start() {
    const int64_t held = data_.hold_latents(plan_.latents);
    log().info("{:.2f} GB of latents are held in memory", static_cast<double>(held) / 1e9);
    // In the memory format of the phase that it goes on in: an 8-bit state is exact in its own alone.
    const size_t phase = checkpoint_ ? checkpoint_->meta().value("phase", size_t{0}) : 0;
    weights_.arrange(memory_of(plan_.memory_format_of(*data_.phases().at(std::min(phase, data_.phases().size() - 1)).plan)));
    if (checkpoint_) {
      const CheckpointState state = read_checkpoint(checkpoint_->folder, weights_.arena().layout());
      const std::string where = (checkpoint_->folder / "meta.json").string();
      require_checkpoint_of_plan(state.meta, checkpoint_->folder, plan_, data_);
      restore_training(weights_.arena(), weights_.optimizer(), state);
      cursor_ = training_cursor_from_json(state.meta.at("cursor"), where);
      guard_.restore(guard_record_from_json(state.meta.at("guard"), where));
      quarantine_.restore(state.meta.at("quarantine"), where);
    } else {
      cursor_.updates = start_weights(weights_.arena(), weights_.optimizer(), plan_.model);
    }
    if (first()) {
      const bool had_rows = std::filesystem::exists(run_.metrics_file());
      recorder_ = std::make_unique<RunRecorder>(run_, plan_.logging, control_, cursor_.step);
      keeper_ = std::make_unique<CheckpointKeeper>(run_, *recorder_);
      if (checkpoint_) {
        keeper_->already_saved(cursor_.step);
      }
      if (checkpoint_ || had_rows) {
        record(JournalEvent::resumed, {{"step", cursor_.step},
                                       {"checkpoint", checkpoint_ ? Json(RunDirectory::step_name(checkpoint_->step)) : Json(nullptr)},
                                       {"dropped_rows", recorder_->dropped_rows()},
                                       {"world_size", group_.place().world_size}});
      }
    }
  }

  // --- phases ---------------------------------------------------------------------------------------------------------------------------

  std::optional<TrainingEnd> run_phase(const PhaseData& phase) {
    const ConvolutionMemory memory = memory_of(plan_.memory_format_of(*phase.plan));
    weights_.arrange(memory);
    const BatchPlan& batch = phase.batch;
    StepShape shape = step_shape_of(plan_, *phase.plan, data_.latent_shape());
    shape.batch = batch.per_device;
    const int64_t sharing = options_.device.is_cpu() ? group_.place().world_size : 1;
    scheduler_ = scheduler_of_phase(*phase.plan);
    schedule_ = NoiseSchedule::from_config(scheduler_, "the phase's scheduler", options_.device);
    settings_ = {
        .prediction = phase.prediction,
        .loss = loss_from_name(phase.plan->loss),
        .huber_delta = phase.plan->huber_delta,
        .min_snr_gamma = phase.plan->min_snr_gamma,
        .loss_scale = 1.0 / static_cast<double>(batch.accumulation * group_.place().world_size),
        .dtype = weights_.arena().options().working_dtype,
        .channels_last = memory == ConvolutionMemory::channels_last,
        .run = {.recompute = recompute_in_phase(plan_, *phase.plan, model_.unet_config, shape, forecast_device(options_.device, sharing))}};
    if (cursor_.phase_batch == 0) {
      guard_.begin_phase();
    }
    Batcher batcher(phase.train, phase.mixture,
                    {.seed = static_cast<uint64_t>(plan_.seed),
                     .phase = cursor_.phase,
                     .rank = group_.place().rank,
                     .micro_steps = batch.accumulation,
                     .train_steps = schedule_.train_steps(),
                     .timesteps = timestep_rule_of(*phase.plan),
                     .offset_noise = phase.plan->offset_noise,
                     .cfg_dropout = phase.plan->cfg_dropout,
                     .pin_memory = options_.device.is_cuda(),
                     .quarantine = &quarantine_},
                    cursor_.phase_batch, phase.batches);
    step_started_s_ = monotonic_seconds();
    while (cursor_.phase_batch < phase.batches) {
      if (options_.max_steps && cursor_.step >= *options_.max_steps) {
        finish_step(phase);
        save_and_wait(phase, "stop");
        return TrainingEnd::max_steps;
      }
      const bool stop = one_step(phase, batcher);
      if (guard_.rollback_due(cursor_.step)) {
        roll_back(phase);
      }
      if (stop) {
        finish_step(phase);
        save_and_wait(phase, "stop");
        return TrainingEnd::stopped;
      }
      after_step(phase);
    }
    finish_step(phase);
    if (cursor_.phase + 1 == static_cast<int64_t>(data_.phases().size())) {
      save_and_wait(phase, "end");
    }
    return std::nullopt;
  }

  bool epoch_end(const PhaseData& phase) const { return cursor_.phase_batch % phase.mixture.batches_per_epoch() == 0; }
  // Over all phases, with the part of the one that runs.
  double epoch_of(const PhaseData& phase) const {
    return static_cast<double>(phase.epochs_before) +
           static_cast<double>(cursor_.phase_batch) / static_cast<double>(phase.mixture.batches_per_epoch());
  }
  int64_t epochs_done(const PhaseData& phase) const {
    return phase.epochs_before + cursor_.phase_batch / phase.mixture.batches_per_epoch();
  }

  // Why the plan wants a checkpoint of this step; null when it does not.
  const char* planned_save(const PhaseData& phase) const {
    const CheckpointPlan& checkpoint = plan_.checkpoint_of(*phase.plan);
    if (epoch_end(phase) && checkpoint.every_epochs > 0 && epochs_done(phase) % checkpoint.every_epochs == 0) {
      return "epoch";
    }
    return checkpoint.every_steps > 0 && cursor_.step % checkpoint.every_steps == 0 ? "steps" : nullptr;
  }

  void after_step(const PhaseData& phase) {
    const ValidationPlan& validation = plan_.validation_of(*phase.plan);
    const bool at_end = epoch_end(phase);
    const bool last = cursor_.phase_batch == phase.batches;
    const bool planned = at_end && validation.every_epochs > 0 && (epochs_done(phase) % validation.every_epochs == 0 || last);
    if (std::exchange(sample_agreed_, false) || planned) {
      validate(phase, validation);
      finish_step(phase);  // the step's row holds both
    }
    if (const char* reason = planned_save(phase)) {
      finish_step(phase);
      guard_.set_anchor(cursor_.step);
      save(phase, save_wished_ ? "request" : reason);  // whoever asked shall see the answer
    } else if (save_wished_) {
      finish_step(phase);
      save(phase, "request");
    }
    save_wished_ = false;
  }

  // --- a step ---------------------------------------------------------------------------------------------------------------------------

  // A step that is on its way: what its report needs when the device has come so far.
  struct Pending {
    StepStatistics statistics;
    torch::Tensor guard;  ///< GradientGuard's state after the step
    StepReport report;
  };

  // Returns whether the step before asked that all stop.
  bool one_step(const PhaseData& phase, Batcher& batcher) {
    const StepBatch batch = batcher.next();
    StepStatistics statistics(options_.device);
    statistics.add_broken(batch.broken);
    statistics.add_memory(group_.place().rank, memory_use(options_.device));
    vote(statistics);
    const Weights& leaves = weights_.arena().leaves();
    for (size_t micro = 0; micro < batch.micro.size(); ++micro) {
      const MicroBatch& samples = batch.micro[micro];
      const auto move = [this](const torch::Tensor& tensor) { return tensor.to(options_.device, /*non_blocking=*/true); };
      const TrainInputs inputs{.x0_BCHW = move(samples.x0_BCHW),
                               .eps_BCHW = move(samples.eps_BCHW),
                               .t_B = move(samples.t_B),
                               .context_BLD = text_.encode(samples.ids_BL, samples.mask_BL)};
      const bool last = micro + 1 == batch.micro.size();
      if (last) {
        weights_.reducer().start();
      }
      const TrainLosses losses = train_step(*model_.unet, leaves, inputs, schedule_, settings_);
      statistics.add(losses, inputs.t_B, move(samples.source_B), schedule_.train_steps());
    }
    const std::unique_ptr<Collective> sums = group_.all_reduce_sum(statistics.sums());
    weights_.reducer().finish();
    sums->wait();
    const double lr = phase.lr.at(cursor_.phase_batch) * guard_.rate_factor(cursor_.step + 1);
    whole_ = false;
    const torch::Tensor guard = update(phase, lr);
    ++cursor_.step;
    ++cursor_.updates;
    ++cursor_.phase_batch;
    cursor_.micro_steps += static_cast<int64_t>(batch.micro.size());
    cursor_.images += phase.global_batch;
    whole_ = true;
    std::optional<Pending> before = std::exchange(pending_, Pending{std::move(statistics), guard, facts(phase, lr, batcher.waited_s())});
    return before ? settle(phase, *before) : false;
  }

  void vote(StepStatistics& statistics) {
    const bool stop = cancel_.cancelled();
    if (recorder_) {
      const RunRecorder::Wishes wishes = recorder_->wishes();
      stop_wished_ = stop_wished_ || wishes.stop;
      save_wished_ = save_wished_ || wishes.save;
      if (wishes.sample) {
        statistics.vote_sample();
      }
      keeper_->report();
    }
    if (stop || stop_wished_) {
      statistics.vote_stop();
    }
  }

  // Returns the guard's state after it.
  torch::Tensor update(const PhaseData& phase, double lr) {
    const torch::Tensor norm = grad_norm(weights_.arena().flat(ArenaBuffer::gradient));
    torch::Tensor guard = guard_.judge(norm);  // from here on the norm of a gradient that must not be used is NaN
    const EmaPlan& ema = plan_.ema_of(*phase.plan);
    OptimizerStep step{.lr = lr, .update = cursor_.updates + 1, .ema_decays = {ema_decay_at(ema.decay, ema.warmup, cursor_.updates)}};
    for (const double decay : ema.more_decays) {
      step.ema_decays.push_back(ema_decay_at(decay, ema.warmup, cursor_.updates));
    }
    weights_.optimizer().step(step, norm);
    return guard;
  }

  StepReport facts(const PhaseData& phase, double lr, double waited_s) {
    const double now_s = monotonic_seconds();
    const double step_s = now_s - step_started_s_;
    step_started_s_ = now_s;
    StepReport report;
    report.step = cursor_.step;
    report.micro_steps = cursor_.micro_steps;
    report.total_steps = data_.total_steps();
    report.images = cursor_.images;
    report.epoch = epoch_of(phase);
    report.phase = cursor_.phase;
    report.time = wall_seconds();
    report.lr = lr;
    report.step_ms = step_s * 1e3;
    report.images_per_s = static_cast<double>(phase.global_batch) / step_s;
    report.data_wait_ms = waited_s * 1e3;
    report.peak_gib = peak_memory_gib(options_.device);
    return report;
  }

  // Reads a step's numbers, records them, and says whether it asked to stop.
  bool settle(const PhaseData& phase, const Pending& pending) {
    const StepStatistics::Reading reading = pending.statistics.read();
    StepReport report = pending.report;
    report.loss = reading.loss;
    report.loss_unweighted = reading.loss_unweighted;
    report.loss_by_noise = reading.loss_by_noise;
    report.loss_by_source = reading.loss_by_source;
    report.live_gib_by_rank = reading.live_gib;
    report.reserved_gib_by_rank = reading.reserved_gib;
    report.peak_gib_by_rank = reading.peak_gib;
    const GradientGuard::Verdict verdict = guard_.settle(report.step, pending.guard);
    report.grad_norm = verdict.norm;
    report.skipped = verdict.skipped.empty() ? 0 : 1;
    if (validation_ && report.step == validated_step_) {
      add_validation(report, *validation_);
    }
    if (recorder_) {
      recorder_->report(report);
    }
    if (!verdict.skipped.empty()) {
      record(JournalEvent::skipped_batch,
             {{"step", report.step},
              {"reason", std::string(verdict.skipped)},
              {"norm", verdict.norm},
              {"mean", verdict.mean},
              {"keys", first() ? Json(keys_of_batch(phase, batch_of_step(report.step), ranks(), quarantine_)) : Json()}});
    }
    if (reading.broken) {
      for (const BrokenSample& broken : shut_out_broken(phase, batch_of_step(report.step), ranks(), quarantine_)) {
        record(JournalEvent::quarantined,
               {{"step", report.step}, {"dataset", broken.dataset}, {"key", broken.key}, {"reason", broken.reason}});
      }
    }
    sample_agreed_ = sample_agreed_ || reading.sample;
    losses_ = {{"loss", report.loss}, {"loss_unweighted", report.loss_unweighted}, {"grad_norm", report.grad_norm}};
    return reading.stop;
  }

  void finish_step(const PhaseData& phase) {
    if (pending_) {
      const Pending pending = *std::exchange(pending_, std::nullopt);
      settle(phase, pending);
    }
  }

  // The number within the phase of a step's batch: one of this phase's steps.
  int64_t batch_of_step(int64_t step) const { return cursor_.phase_batch - (cursor_.step - step) - 1; }

  // Back to the last planned checkpoint, on all ranks at the same step. The cursor goes on: the same batches would be skipped again.
  void roll_back(const PhaseData& phase) {
    finish_step(phase);
    if (keeper_) {
      keeper_->wait();
    }
    const std::optional<CheckpointInfo> checkpoint = choose_checkpoint(run_, group_, options_.device, guard_.record().anchor);
    GuardRecord record_then;
    if (checkpoint) {
      const CheckpointState state = read_checkpoint(checkpoint->folder, weights_.arena().layout());
      const std::string where = (checkpoint->folder / "meta.json").string();
      restore_training(weights_.arena(), weights_.optimizer(), state);
      cursor_.updates = training_cursor_from_json(state.meta.at("cursor"), where).updates;
      record_then = guard_record_from_json(state.meta.at("guard"), where);
    } else {
      cursor_.updates = start_weights(weights_.arena(), weights_.optimizer(), plan_.model);
    }
    guard_.rolled_back(cursor_.step, record_then);
    record(JournalEvent::rolled_back, {{"step", cursor_.step},
                                       {"checkpoint", checkpoint ? Json(RunDirectory::step_name(checkpoint->step)) : Json(nullptr)},
                                       {"reason", format("{} gradients in a row could not be used", plan_.guard.skips_in_a_row)},
                                       {"rate_factor", plan_.guard.rate_factor},
                                       {"rate_until", guard_.record().rate_until}});
    step_started_s_ = monotonic_seconds();
  }

  // --- what is kept ---------------------------------------------------------------------------------------------------------------------

  CheckpointContent content_of(const PhaseData& phase, const std::string& reason) {
    CheckpointContent content;
    weights_.describe(content);
    content.unet_config = to_json(model_.unet_config);
    content.facts = {{"run", run_.info().id},
                     {"step", cursor_.step},
                     {"epoch", epoch_of(phase)},
                     {"epoch_end", epoch_end(phase)},
                     {"phase", cursor_.phase},
                     {"phase_name", phase.plan->name},
                     {"prediction", std::string(prediction_name(phase.prediction))},
                     {"reason", reason},
                     {"time", wall_seconds()},
                     {"cursor", to_json(cursor_)},
                     {"guard", to_json(guard_.record())},
                     {"quarantine", quarantine_.json()},
                     {"losses", losses_},
                     {"seed", plan_.seed},
                     {"world_size", group_.place().world_size},
                     {"batch_ranks", batch_ranks_},
                     {"data", data_.fingerprint(static_cast<size_t>(cursor_.phase))},
                     {"optimizer", plan_.optimizer.name},
                     {"global_batch", phase.global_batch},
                     {"plan_hash", plan_hash(plan_)},
                     {"engine", run_.info().engine_version},
                     {"threads", at::get_num_threads()}};
    if (validation_) {
      content.facts["losses"]["validation"] = validation_->loss_unweighted;
      content.facts["validated_step"] = validated_step_;
    }
    return content;
  }

  RetentionRule retention_of(const PhaseData& phase) const {
    const CheckpointPlan& keep = plan_.checkpoint_of(*phase.plan);
    return {.keep_last = keep.keep_last, .keep_epochs = keep.keep_epochs, .keep_best = keep.keep_best, .needed = guard_.record().anchor};
  }

  CheckpointKeeper::Content content_maker(const PhaseData& phase) {
    return [this, &phase](const std::string& reason) { return content_of(phase, reason); };
  }

  // Rank 0 writes, beside the training. Every rank calls it.
  void save(const PhaseData& phase, const char* reason) {
    if (keeper_ && keeper_->save(cursor_.step, reason, content_maker(phase), retention_of(phase))) {
      step_started_s_ = monotonic_seconds();  // the next step's time is its own
    }
  }

  void save_and_wait(const PhaseData& phase, const char* reason) {
    if (keeper_) {
      keeper_->save_and_wait(cursor_.step, reason, content_maker(phase), retention_of(phase));
    }
  }

  // Another rank is gone, or the memory: what this rank holds is the state after the last whole step, and it is still good.
  void save_what_is_left(const char* reason) {
    if (!first() || !whole_) {
      return;
    }
    try {
      finish_step(current_phase());
      if (planned_save(current_phase()) != nullptr) {
        guard_.set_anchor(cursor_.step);  // the others were lost on the way to it
      }
      save_and_wait(current_phase(), reason);
    } catch (const std::exception&) {
      // The error that led here is the one to be told; the newest checkpoint stays as it is.
    }
  }

  void validate(const PhaseData& phase, const ValidationPlan& validation) {
    const ValidationContext context{.model = model_,
                                    .text = text_,
                                    .ema = weights_.arena().views(ArenaBuffer::ema),
                                    .device = options_.device,
                                    .settings = settings_,
                                    .scheduler = scheduler_,
                                    .latent_shape = data_.latent_shape()};
    const std::filesystem::path folder = run_.samples_of(cursor_.step);
    draw_samples(context, validation, group_.place(), folder);
    validated_step_ = cursor_.step;
    validation_ = validation_losses(context, phase.validation, validation.samples, static_cast<uint64_t>(validation.seed),
                                    plan_.batch_of(*phase.plan).per_device, group_);
    group_.barrier();
    Json fields{{"step", cursor_.step}, {"folder", std::filesystem::relative(folder, run_.folder()).string()}};
    if (validation_) {
      fields["validation_loss"] = validation_->loss;
      fields["validation_loss_unweighted"] = validation_->loss_unweighted;
    }
    record(JournalEvent::sampled, fields);
    if (recorder_ && !validation.prompts.empty()) {
      recorder_->sampled(cursor_.step, wall_seconds(), folder);
    }
    step_started_s_ = monotonic_seconds();
  }

  const RunDirectory& run_;
  const TrainingPlan& plan_;
  ProcessGroup& group_;
  TrainerOptions options_;
  RunControl& control_;
  CancelToken cancel_;
  std::optional<CheckpointInfo> checkpoint_;  ///< that this launch goes on from
  int64_t batch_ranks_;
  PlanData data_;
  TrainingModel model_;
  TextConditioning text_;
  TrainingArena weights_;
  GradientGuard guard_;
  SampleQuarantine quarantine_;
  std::unique_ptr<RunRecorder> recorder_;     ///< of rank 0
  std::unique_ptr<CheckpointKeeper> keeper_;  ///< of rank 0
  Json scheduler_;                            ///< of the phase
  NoiseSchedule schedule_;                    ///< likewise, on the device
  TrainStepSettings settings_;
  TrainingCursor cursor_;
  std::optional<Pending> pending_;
  std::optional<StepStatistics::Reading> validation_;  ///< the last
  Json losses_ = Json::object();
  double step_started_s_ = 0;
  int64_t validated_step_ = -1;
  bool whole_ = true;  ///< weights, moments, averages and cursor are those of one step
  bool save_wished_ = false;
  bool sample_agreed_ = false;  ///< by all ranks: somebody asked for samples
  bool stop_wished_ = false;
};

}  // namespace

TrainingResult run_training(const RunDirectory& run, const TrainingPlan& plan, ProcessGroup& group, const TrainerOptions& options,
                            RunControl& control, const CancelToken& cancel) {
  return Trainer(run, plan, group, options, control, cancel).run();
}

}  // namespace darkroom
