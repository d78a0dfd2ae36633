// SPDX-License-Identifier: Apache-2.0
// The order of things, and nothing else: batches, steps, reports, checkpoints, phases. Tensor maths is in train_step, kernels and
// diffusion; what a step changes is in TrainingState, what becomes known of it in StepReports. The ranks agree on stopping as they agree on
// the loss: with the sums of a step, which are read a step later.
#include "core/train/trainer.h"

#include <ATen/Parallel.h>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/wall_clock.h"
#include "core/checkpoint/checkpoint.h"
#include "core/train/batcher.h"
#include "core/train/checkpoint_keeper.h"
#include "core/train/forecast.h"
#include "core/train/out_of_memory.h"
#include "core/train/peak_memory.h"
#include "core/train/phase_data.h"
#include "core/train/phase_progress.h"
#include "core/train/resume_point.h"
#include "core/train/run_recorder.h"
#include "core/train/step_reports.h"
#include "core/train/training_model.h"
#include "core/train/training_state.h"
#include "core/train/validation.h"

namespace darkroom {
namespace {

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
        model_(open_training_model(plan, options.device)),
        text_(model_.text, options.device, plan.model.text_attention_mask),
        state_(plan, *model_.unet, group, options.device),
        reports_(plan, state_, group, options.device, data_.total_steps()) {
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
        throw Error(ErrorCode::out_of_memory,
                    out_of_memory_advice(error, options_.device, current_phase().batch, settings_.run.recompute, cursor().step));
      }
      throw;
    }
    const TrainingEnd how = end.value_or(TrainingEnd::finished);
    reports_.record(how == TrainingEnd::finished ? JournalEvent::finished : JournalEvent::stopped,
                    {{"step", cursor().step},
                     {"reason", how == TrainingEnd::max_steps ? "max-steps"
                                : how == TrainingEnd::stopped ? "request"
                                                              : "end"}});
    return {how, cursor().step};
  }

 private:
  // The phases that are left; how the run ended, or nothing at the plan's end.
  std::optional<TrainingEnd> run_phases() {
    while (true) {
      const std::optional<TrainingEnd> end = run_phase(current_phase());
      if (end || in_last_phase()) {
        return end;
      }
      state_.next_phase();
    }
  }

  const TrainingCursor& cursor() const { return state_.cursor(); }
  const PhaseData& current_phase() const { return data_.phases().at(static_cast<size_t>(cursor().phase)); }
  bool in_last_phase() const { return cursor().phase + 1 == static_cast<int64_t>(data_.phases().size()); }
  PhaseProgress progress(const PhaseData& phase) const { return {plan_, phase, state_.cursor()}; }
  bool first() const { return group_.place().rank == 0; }

  void start() {
    const int64_t held = data_.hold_latents(plan_.latents);
    log().info("{:.2f} GB of latents are held in memory", static_cast<double>(held) / 1e9);
    state_.begin(checkpoint_, data_);
    if (!first()) {
      return;
    }
    const bool had_rows = std::filesystem::exists(run_.metrics_file());
    recorder_ = std::make_unique<RunRecorder>(run_, plan_.logging, control_, cursor().step);
    keeper_ = std::make_unique<CheckpointKeeper>(run_, *recorder_);
    CheckpointContent like_those_to_come;
    state_.describe(like_those_to_come);
    keeper_->prepare(like_those_to_come);
    reports_.write_to(*recorder_);
    if (checkpoint_) {
      keeper_->already_saved(cursor().step);
    }
    if (checkpoint_ || had_rows) {
      reports_.record(JournalEvent::resumed,
                      {{"step", cursor().step},
                       {"checkpoint", checkpoint_ ? Json(RunDirectory::step_name(checkpoint_->step)) : Json(nullptr)},
                       {"dropped_rows", recorder_->dropped_rows()},
                       {"world_size", group_.place().world_size}});
    }
  }

  // --- phases ---------------------------------------------------------------------------------------------------------------------------

  void set_up(const PhaseData& phase) {
    const ConvolutionMemory memory = convolution_memory_of(plan_, *phase.plan);
    state_.weights().arrange(memory);
    StepShape shape = step_shape_of(plan_, *phase.plan, data_.latent_shape());
    shape.batch = phase.batch.per_device;
    const int64_t sharing = options_.device.is_cpu() ? group_.place().world_size : 1;
    scheduler_ = scheduler_of_phase(*phase.plan);
    schedule_ = NoiseSchedule::from_config(scheduler_, "the phase's scheduler", options_.device);
    settings_ = {
        .prediction = phase.prediction,
        .loss = loss_from_name(phase.plan->loss),
        .huber_delta = phase.plan->huber_delta,
        .min_snr_gamma = phase.plan->min_snr_gamma,
        .loss_scale = 1.0 / static_cast<double>(phase.batch.accumulation * group_.place().world_size),
        .dtype = state_.weights().arena().options().working_dtype,
        .channels_last = memory == ConvolutionMemory::channels_last,
        .run = {.recompute = recompute_in_phase(plan_, *phase.plan, model_.unet_config, shape, forecast_device(options_.device, sharing))}};
    if (cursor().phase_batch == 0) {
      state_.guard().begin_phase();
    }
  }

  BatcherOptions batcher_options(const PhaseData& phase) {
    return {.seed = static_cast<uint64_t>(plan_.seed),
            .phase = cursor().phase,
            .rank = group_.place().rank,
            .micro_steps = phase.batch.accumulation,
            .train_steps = schedule_.train_steps(),
            .timesteps = timestep_rule_of(*phase.plan),
            .offset_noise = phase.plan->offset_noise,
            .cfg_dropout = phase.plan->cfg_dropout,
            .pin_memory = options_.device.is_cuda(),
            .quarantine = &state_.quarantine()};
  }

  std::optional<TrainingEnd> run_phase(const PhaseData& phase) {
    set_up(phase);
    Batcher batcher(phase.train, phase.mixture, batcher_options(phase), cursor().phase_batch, phase.batches);
    reports_.restart_clock();
    while (cursor().phase_batch < phase.batches) {
      if (options_.max_steps && cursor().step >= *options_.max_steps) {
        reports_.finish(phase);
        save_and_wait(phase, "stop");
        return TrainingEnd::max_steps;
      }
      const bool stop = one_step(phase, batcher);
      if (state_.guard().rollback_due(cursor().step)) {
        roll_back(phase);
      }
      if (stop) {
        reports_.finish(phase);
        save_and_wait(phase, "stop");
        return TrainingEnd::stopped;
      }
      after_step(phase);
    }
    reports_.finish(phase);
    if (in_last_phase()) {
      save_and_wait(phase, "end");
    }
    return std::nullopt;
  }

  void after_step(const PhaseData& phase) {
    if (reports_.take_sample_agreed() || progress(phase).validation_planned()) {
      validate(phase, plan_.validation_of(*phase.plan));
      reports_.finish(phase);  // the step's row holds both
    }
    if (const char* reason = progress(phase).planned_save()) {
      reports_.finish(phase);
      state_.guard().set_anchor(cursor().step);
      save(phase, save_wished_ ? "request" : reason);  // whoever asked shall see the answer
    } else if (save_wished_) {
      reports_.finish(phase);
      save(phase, "request");
    }
    save_wished_ = false;
  }

  // --- a step ---------------------------------------------------------------------------------------------------------------------------

  // Returns whether the step before asked that all stop.
  bool one_step(const PhaseData& phase, Batcher& batcher) {
    const StepBatch batch = batcher.next();
    StepStatistics statistics(options_.device);
    statistics.add_broken(batch.broken);
    statistics.add_memory(group_.place().rank, memory_use(options_.device));
    vote(statistics);
    TrainingArena& weights = state_.weights();
    const Weights& leaves = weights.arena().leaves();
    for (size_t micro = 0; micro < batch.micro.size(); ++micro) {
      const MicroBatch& samples = batch.micro[micro];
      const auto move = [this](const torch::Tensor& tensor) { return tensor.to(options_.device, /*non_blocking=*/true); };
      const TrainInputs inputs{.x0_BCHW = move(samples.x0_BCHW),
                               .eps_BCHW = move(samples.eps_BCHW),
                               .t_B = move(samples.t_B),
                               .context_BLD = text_.encode(samples.ids_BL, samples.mask_BL)};
      if (micro + 1 == batch.micro.size()) {
        weights.reducer().start();
      }
      const TrainLosses losses = train_step(*model_.unet, leaves, inputs, schedule_, settings_);
      statistics.add(losses, inputs.t_B, move(samples.source_B), schedule_.train_steps());
    }
    const std::unique_ptr<Collective> sums = group_.all_reduce_sum(statistics.sums());
    weights.reducer().finish();
    sums->wait();
    const double lr = phase.lr.at(cursor().phase_batch) * state_.guard().rate_factor(cursor().step + 1);
    torch::Tensor guard = state_.advance(phase, lr, static_cast<int64_t>(batch.micro.size()));
    return reports_.add(phase, std::move(statistics), std::move(guard), lr, batcher.waited_s());
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

  void roll_back(const PhaseData& phase) {
    reports_.finish(phase);
    if (keeper_) {
      keeper_->wait();
    }
    const std::optional<CheckpointInfo> checkpoint = state_.roll_back(run_);
    reports_.record(JournalEvent::rolled_back,
                    {{"step", cursor().step},
                     {"checkpoint", checkpoint ? Json(RunDirectory::step_name(checkpoint->step)) : Json(nullptr)},
                     {"reason", format("{} gradients in a row could not be used", plan_.guard.skips_in_a_row)},
                     {"rate_factor", plan_.guard.rate_factor},
                     {"rate_until", state_.guard().record().rate_until}});
    reports_.restart_clock();
  }

  // --- what is kept ---------------------------------------------------------------------------------------------------------------------

  CheckpointContent content_of(const PhaseData& phase, const std::string& reason) {
    CheckpointContent content;
    content.unet_config = to_json(model_.unet_config);
    content.facts = {{"run", run_.info().id},
                     {"epoch", progress(phase).epoch()},
                     {"epoch_end", progress(phase).at_epoch_end()},
                     {"phase_name", phase.plan->name},
                     {"prediction", std::string(prediction_name(phase.prediction))},
                     {"reason", reason},
                     {"time", wall_seconds()},
                     {"seed", plan_.seed},
                     {"world_size", group_.place().world_size},
                     {"batch_ranks", batch_ranks_},
                     {"data", data_.fingerprint(static_cast<size_t>(cursor().phase))},
                     {"optimizer", plan_.optimizer.name},
                     {"global_batch", phase.global_batch},
                     {"plan_hash", plan_hash(plan_)},
                     {"engine", run_.info().engine_version},
                     {"threads", at::get_num_threads()}};
    state_.describe(content);
    reports_.describe(content.facts);
    return content;
  }

  RetentionRule retention_of(const PhaseData& phase) {
    const CheckpointPlan& keep = plan_.checkpoint_of(*phase.plan);
    return {.keep_last = keep.keep_last,
            .keep_epochs = keep.keep_epochs,
            .keep_best = keep.keep_best,
            .needed = state_.guard().record().anchor};
  }

  CheckpointKeeper::Content content_maker(const PhaseData& phase) {
    return [this, &phase](const std::string& reason) { return content_of(phase, reason); };
  }

  // Rank 0 writes, beside the training. Every rank calls it.
  void save(const PhaseData& phase, const char* reason) {
    if (keeper_ && keeper_->save(cursor().step, reason, content_maker(phase), retention_of(phase))) {
      reports_.restart_clock();
    }
  }

  void save_and_wait(const PhaseData& phase, const char* reason) {
    if (keeper_) {
      keeper_->save_and_wait(cursor().step, reason, content_maker(phase), retention_of(phase));
    }
  }

  // Another rank is gone, or the memory: what this rank holds is the state after the last whole step, and it is still good.
  void save_what_is_left(const char* reason) {
    if (!first() || !state_.whole()) {
      return;
    }
    try {
      const PhaseData& phase = current_phase();
      reports_.finish(phase);
      if (progress(phase).planned_save() != nullptr) {
        state_.guard().set_anchor(cursor().step);  // the others were lost on the way to it
      }
      save_and_wait(phase, reason);
    } catch (const std::exception&) {
      // The error that led here is the one to be told; the newest checkpoint stays as it is.
    }
  }

  void validate(const PhaseData& phase, const ValidationPlan& validation) {
    const ValidationContext context{.model = model_,
                                    .text = text_,
                                    .ema = state_.weights().arena().views(ArenaBuffer::ema),
                                    .device = options_.device,
                                    .settings = settings_,
                                    .scheduler = scheduler_,
                                    .latent_shape = data_.latent_shape()};
    const std::filesystem::path folder = run_.samples_of(cursor().step);
    draw_samples(context, validation, group_.place(), folder);
    const std::optional<StepStatistics::Reading> losses =
        validation_losses(context, phase.validation, validation.samples, static_cast<uint64_t>(validation.seed),
                          plan_.batch_of(*phase.plan).per_device, group_);
    reports_.validated(cursor().step, losses);
    group_.barrier();
    Json fields{{"step", cursor().step}, {"folder", std::filesystem::relative(folder, run_.folder()).string()}};
    if (losses) {
      fields["validation_loss"] = losses->loss;
      fields["validation_loss_unweighted"] = losses->loss_unweighted;
    }
    reports_.record(JournalEvent::sampled, fields);
    if (recorder_ && !validation.prompts.empty()) {
      recorder_->sampled(cursor().step, wall_seconds(), folder);
    }
    reports_.restart_clock();
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
  TrainingState state_;
  std::unique_ptr<RunRecorder> recorder_;     ///< of rank 0
  std::unique_ptr<CheckpointKeeper> keeper_;  ///< of rank 0
  StepReports reports_;
  Json scheduler_;          ///< of the phase
  NoiseSchedule schedule_;  ///< likewise, on the device
  TrainStepSettings settings_;
  bool save_wished_ = false;
  bool stop_wished_ = false;
};

}  // namespace

TrainingResult run_training(const RunDirectory& run, const TrainingPlan& plan, ProcessGroup& group, const TrainerOptions& options,
                            RunControl& control, const CancelToken& cancel) {
  return Trainer(run, plan, group, options, control, cancel).run();
}

}  // namespace darkroom
