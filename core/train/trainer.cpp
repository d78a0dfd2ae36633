// SPDX-License-Identifier: Apache-2.0
// The order of things, and nothing else: batches, steps, reports, checkpoints, phases. Tensor maths is in train_step, kernels and
// diffusion. A step's numbers are read when the next one is on its way, so that a GPU's queue never runs dry; the ranks agree on stopping
// the same way.
#include "core/train/trainer.h"

#include <ATen/Parallel.h>

#include <chrono>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/checkpoint/checkpoint.h"
#include "core/distributed/gradient_reducer.h"
#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/train/batcher.h"
#include "core/train/peak_memory.h"
#include "core/train/phase_data.h"
#include "core/train/resume_point.h"
#include "core/train/run_recorder.h"
#include "core/train/step_statistics.h"
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
    return validation.every_epochs > 0 && !validation.prompts.empty();
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
        data_(plan, group.place().world_size),
        model_(open_training_model(plan, options.device, draws_samples(plan))),
        text_(model_.text, options.device, plan.model.text_attention_mask) {
    const int64_t channels = data_.latent_shape()[0];
    if (channels != model_.unet->in_channels()) {
      fail(ErrorCode::bad_input, "The latents have {} channels, but the UNet takes {}: the datasets were encoded with another kind of VAE.",
           channels, model_.unet->in_channels());
    }
  }

  TrainingResult run() {
    start();
    const auto phases = static_cast<int64_t>(data_.phases().size());
    std::optional<TrainingEnd> end;
    while (!end && cursor_.phase < phases) {
      end = run_phase(data_.phases()[static_cast<size_t>(cursor_.phase)]);
      if (!end && cursor_.phase + 1 < phases) {
        ++cursor_.phase;
        cursor_.phase_batch = 0;
      } else {
        break;
      }
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
  bool first() const { return group_.place().rank == 0; }

  void record(JournalEvent event, const Json& fields) {
    if (recorder_) {
      recorder_->journal(event, fields);
    }
  }

  // --- start and resume -----------------------------------------------------------------------------------------------------------------

  void start() {
    const std::optional<CheckpointInfo> checkpoint = choose_checkpoint(run_, group_, options_.device);
    const PhasePlan& phase = *data_.phases().front().plan;
    make_arena(memory_of(plan_.memory_format_of(phase)));
    if (checkpoint) {
      const CheckpointState state = read_checkpoint(checkpoint->folder, arena_->layout());
      require_checkpoint_of_plan(state.meta, checkpoint->folder, plan_, data_, group_.place());
      load_arena(*arena_, state.master, state.ema, state.exp_avg, state.exp_avg_sq);
      cursor_ = training_cursor_from_json(state.meta.at("cursor"), (checkpoint->folder / "meta.json").string());
      saved_step_ = cursor_.step;
    } else {
      cursor_.updates = start_weights(*arena_, plan_.model);
    }
    if (first()) {
      const bool had_rows = std::filesystem::exists(run_.metrics_file());
      recorder_ = std::make_unique<RunRecorder>(run_, plan_.logging, control_, cursor_.step);
      if (checkpoint || had_rows) {
        record(JournalEvent::resumed, {{"step", cursor_.step},
                                       {"checkpoint", checkpoint ? Json(RunDirectory::step_name(checkpoint->step)) : Json(nullptr)},
                                       {"dropped_rows", recorder_->dropped_rows()}});
      }
    }
  }

  void make_arena(ConvolutionMemory memory) {
    const torch::ScalarType dtype = plan_.precision == "bf16" ? torch::kBFloat16 : torch::kFloat32;
    auto arena = std::make_unique<ParameterArena>(model_.unet->layout(), ArenaOptions{options_.device, dtype, memory});
    if (arena_) {
      load_arena(*arena, arena_->views(ArenaBuffer::master), arena_->views(ArenaBuffer::ema), arena_->views(ArenaBuffer::exp_avg),
                 arena_->views(ArenaBuffer::exp_avg_sq));
    }
    reducer_.reset();
    arena_ = std::move(arena);
    reducer_ = std::make_unique<GradientReducer>(*arena_, group_);
  }

  // --- phases ---------------------------------------------------------------------------------------------------------------------------

  std::optional<TrainingEnd> run_phase(const PhaseData& phase) {
    const ConvolutionMemory memory = memory_of(plan_.memory_format_of(*phase.plan));
    if (arena_->options().convolution_memory != memory) {
      make_arena(memory);
    }
    const BatchPlan& batch = plan_.batch_of(*phase.plan);
    const std::string& recompute = plan_.recompute_of(*phase.plan);
    settings_ = {.prediction = phase.prediction,
                 .min_snr_gamma = phase.plan->min_snr_gamma,
                 .loss_scale = 1.0 / static_cast<double>(batch.accumulation * group_.place().world_size),
                 .dtype = arena_->options().working_dtype,
                 .channels_last = memory == ConvolutionMemory::channels_last,
                 .run = {.recompute = recompute == "on" || (recompute == "auto" && options_.device.is_cuda())}};
    Batcher batcher(phase.train, phase.mixture,
                    {.seed = static_cast<uint64_t>(plan_.seed),
                     .phase = cursor_.phase,
                     .rank = group_.place().rank,
                     .micro_steps = batch.accumulation,
                     .train_steps = model_.schedule.train_steps(),
                     .cfg_dropout = phase.plan->cfg_dropout,
                     .pin_memory = options_.device.is_cuda()},
                    cursor_.phase_batch, phase.batches);
    step_started_s_ = monotonic_seconds();
    while (cursor_.phase_batch < phase.batches) {
      if (options_.max_steps && cursor_.step >= *options_.max_steps) {
        finish_step(phase);
        save(phase, "stop");
        return TrainingEnd::max_steps;
      }
      const bool stop = one_step(phase, batcher);
      if (stop) {
        finish_step(phase);
        save(phase, "stop");
        return TrainingEnd::stopped;
      }
      after_step(phase);
    }
    finish_step(phase);
    if (cursor_.phase + 1 == static_cast<int64_t>(data_.phases().size())) {
      save(phase, "end");
    }
    return std::nullopt;
  }

  bool epoch_end(const PhaseData& phase) const { return cursor_.phase_batch % phase.mixture.batches_per_epoch() == 0; }
  int64_t epochs_done(const PhaseData& phase) const {
    return phase.epochs_before + cursor_.phase_batch / phase.mixture.batches_per_epoch();
  }

  void after_step(const PhaseData& phase) {
    const CheckpointPlan& checkpoint = plan_.checkpoint_of(*phase.plan);
    const ValidationPlan& validation = plan_.validation_of(*phase.plan);
    const bool at_end = epoch_end(phase);
    const bool last = cursor_.phase_batch == phase.batches;
    if (at_end && validation.every_epochs > 0 && (epochs_done(phase) % validation.every_epochs == 0 || last)) {
      finish_step(phase);
      validate(phase, validation);
    }
    if (at_end && checkpoint.every_epochs > 0 && epochs_done(phase) % checkpoint.every_epochs == 0) {
      finish_step(phase);
      save(phase, "epoch");
    } else if (checkpoint.every_steps > 0 && cursor_.step % checkpoint.every_steps == 0) {
      finish_step(phase);
      save(phase, "steps");
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
    torch::Tensor norm;
    StepReport report;
  };

  // Returns whether the step before asked that all stop.
  bool one_step(const PhaseData& phase, Batcher& batcher) {
    const StepBatch batch = batcher.next();
    StepStatistics statistics(options_.device);
    vote(statistics);
    const Weights& leaves = arena_->leaves();
    for (size_t micro = 0; micro < batch.micro.size(); ++micro) {
      const MicroBatch& samples = batch.micro[micro];
      const auto move = [this](const torch::Tensor& tensor) { return tensor.to(options_.device, /*non_blocking=*/true); };
      const TrainInputs inputs{.x0_BCHW = move(samples.x0_BCHW),
                               .eps_BCHW = move(samples.eps_BCHW),
                               .t_B = move(samples.t_B),
                               .context_BLD = text_.encode(samples.ids_BL, samples.mask_BL)};
      const bool last = micro + 1 == batch.micro.size();
      if (last) {
        reducer_->start();
      }
      const TrainLosses losses = train_step(*model_.unet, leaves, inputs, model_.schedule, settings_);
      statistics.add(losses, inputs.t_B, move(samples.source_B), model_.schedule.train_steps());
    }
    const std::unique_ptr<Collective> sums = group_.all_reduce_sum(statistics.sums());
    reducer_->finish();
    sums->wait();
    const double lr = phase.lr.at(cursor_.phase_batch);
    const torch::Tensor norm = update(phase, lr);

    ++cursor_.step;
    ++cursor_.updates;
    ++cursor_.phase_batch;
    cursor_.micro_steps += static_cast<int64_t>(batch.micro.size());
    cursor_.images += phase.global_batch;
    std::optional<Pending> before = std::exchange(pending_, Pending{std::move(statistics), norm, facts(phase, lr, batcher.waited_s())});
    return before ? settle(*before) : false;
  }

  void vote(StepStatistics& statistics) {
    const bool stop = cancel_.cancelled();
    if (recorder_) {
      const RunRecorder::Wishes wishes = recorder_->wishes();
      stop_wished_ = stop_wished_ || wishes.stop;
      save_wished_ = save_wished_ || wishes.save;
    }
    if (stop || stop_wished_) {
      statistics.vote_stop();
    }
  }

  torch::Tensor update(const PhaseData& phase, double lr) {
    torch::Tensor norm = grad_norm(arena_->flat(ArenaBuffer::gradient));
    const EmaPlan& ema = plan_.ema_of(*phase.plan);
    AdamwEmaBuffers buffers{.master = arena_->flat(ArenaBuffer::master),
                            .gradient = arena_->flat(ArenaBuffer::gradient),
                            .exp_avg = arena_->flat(ArenaBuffer::exp_avg),
                            .exp_avg_sq = arena_->flat(ArenaBuffer::exp_avg_sq),
                            .ema = arena_->flat(ArenaBuffer::ema)};
    if (arena_->options().working_dtype == torch::kBFloat16) {
      buffers.working = arena_->flat(ArenaBuffer::working);
    }
    adamw_ema_step(buffers,
                   {.lr = lr,
                    .beta1 = plan_.optimizer.beta1,
                    .beta2 = plan_.optimizer.beta2,
                    .eps = plan_.optimizer.eps,
                    .weight_decay = plan_.optimizer.weight_decay,
                    .step = cursor_.updates + 1,
                    .clip_norm = plan_.clip_norm,
                    .ema_decay = ema_decay_at(ema.decay, ema.warmup, cursor_.updates)},
                   norm);
    return norm;
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
    report.epoch = static_cast<double>(phase.epochs_before) +
                   static_cast<double>(cursor_.phase_batch) / static_cast<double>(phase.mixture.batches_per_epoch());
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
  bool settle(const Pending& pending) {
    const StepStatistics::Reading reading = pending.statistics.read();
    StepReport report = pending.report;
    report.loss = reading.loss;
    report.loss_unweighted = reading.loss_unweighted;
    report.loss_by_noise = reading.loss_by_noise;
    report.loss_by_source = reading.loss_by_source;
    report.grad_norm = pending.norm.item<double>();
    if (recorder_) {
      recorder_->report(report);
    }
    if (!std::isfinite(report.loss) || !std::isfinite(report.grad_norm)) {
      fail(ErrorCode::failed,
           "Step {}: the loss is {} and the gradient norm {}. The weights were not updated by it; the newest checkpoint is intact. Lower "
           "the learning "
           "rate, or look for broken latents in the data.",
           report.step, report.loss, report.grad_norm);
    }
    losses_ = {{"loss", report.loss}, {"loss_unweighted", report.loss_unweighted}, {"grad_norm", report.grad_norm}};
    return reading.stop;
  }

  void finish_step(const PhaseData&) {
    if (pending_) {
      settle(*std::exchange(pending_, std::nullopt));
    }
  }

  // --- what is kept ---------------------------------------------------------------------------------------------------------------------

  void save(const PhaseData& phase, const char* reason) {
    if (!first() || saved_step_ == cursor_.step) {
      saved_step_ = cursor_.step;
      return;
    }
    const std::filesystem::path folder = run_.checkpoint_of(cursor_.step);
    CheckpointContent content;
    content.layout = &arena_->layout();
    content.unet_config = to_json(model_.unet_config);
    content.master = arena_->views(ArenaBuffer::master);
    content.ema = arena_->views(ArenaBuffer::ema);
    content.exp_avg = arena_->views(ArenaBuffer::exp_avg);
    content.exp_avg_sq = arena_->views(ArenaBuffer::exp_avg_sq);
    content.facts = {{"run", run_.info().id},
                     {"step", cursor_.step},
                     {"epoch", static_cast<double>(phase.epochs_before) +
                                   static_cast<double>(cursor_.phase_batch) / static_cast<double>(phase.mixture.batches_per_epoch())},
                     {"epoch_end", epoch_end(phase)},
                     {"phase", cursor_.phase},
                     {"phase_name", phase.plan->name},
                     {"prediction", std::string(prediction_name(phase.prediction))},
                     {"reason", reason},
                     {"time", wall_seconds()},
                     {"cursor", to_json(cursor_)},
                     {"losses", losses_},
                     {"seed", plan_.seed},
                     {"world_size", group_.place().world_size},
                     {"global_batch", phase.global_batch},
                     {"plan_hash", plan_hash(plan_)},
                     {"engine", run_.info().engine_version},
                     {"threads", at::get_num_threads()}};
    if (validation_loss_) {
      content.facts["losses"]["validation"] = *validation_loss_;
    }
    write_checkpoint(folder, content);
    saved_step_ = cursor_.step;
    recorder_->sync();
    record(JournalEvent::saved, {{"step", cursor_.step}, {"checkpoint", folder.filename().string()}, {"reason", reason}});
    const CheckpointPlan& keep = plan_.checkpoint_of(*phase.plan);
    prune_checkpoints(run_.checkpoints_folder(), keep.keep_last, keep.keep_epochs);
    step_started_s_ = monotonic_seconds();  // the next step's time is its own
  }

  void validate(const PhaseData& phase, const ValidationPlan& validation) {
    const ValidationContext context{.model = model_,
                                    .text = text_,
                                    .ema = arena_->views(ArenaBuffer::ema),
                                    .device = options_.device,
                                    .channels_last = settings_.channels_last,
                                    .prediction = phase.prediction,
                                    .latent_shape = data_.latent_shape()};
    const std::filesystem::path folder = run_.samples_of(cursor_.step);
    draw_samples(context, validation, group_.place(), folder);
    validation_loss_ = validation_loss(context, phase.validation, validation.samples, static_cast<uint64_t>(validation.seed),
                                       plan_.batch_of(*phase.plan).per_device, group_);
    group_.barrier();
    Json fields{{"step", cursor_.step}, {"folder", std::filesystem::relative(folder, run_.folder()).string()}};
    if (validation_loss_) {
      fields["validation_loss"] = *validation_loss_;
      if (recorder_) {
        recorder_->validated(cursor_.step, wall_seconds(), *validation_loss_);
      }
    }
    record(JournalEvent::sampled, fields);
    step_started_s_ = monotonic_seconds();
  }

  const RunDirectory& run_;
  const TrainingPlan& plan_;
  ProcessGroup& group_;
  TrainerOptions options_;
  RunControl& control_;
  CancelToken cancel_;
  PlanData data_;
  TrainingModel model_;
  TextConditioning text_;
  std::unique_ptr<ParameterArena> arena_;
  std::unique_ptr<GradientReducer> reducer_;
  std::unique_ptr<RunRecorder> recorder_;  ///< of rank 0
  TrainStepSettings settings_;
  TrainingCursor cursor_;
  std::optional<Pending> pending_;
  std::optional<double> validation_loss_;
  Json losses_ = Json::object();
  double step_started_s_ = 0;
  int64_t saved_step_ = -1;
  bool save_wished_ = false;
  bool stop_wished_ = false;
};

}  // namespace

TrainingResult run_training(const RunDirectory& run, const TrainingPlan& plan, ProcessGroup& group, const TrainerOptions& options,
                            RunControl& control, const CancelToken& cancel) {
  return Trainer(run, plan, group, options, control, cancel).run();
}

}  // namespace darkroom
