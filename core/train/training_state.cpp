// SPDX-License-Identifier: Apache-2.0
#include "core/train/training_state.h"

#include <algorithm>

#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/train/resume_point.h"
#include "core/train/training_model.h"

namespace darkroom {
namespace {

std::string meta_of(const CheckpointInfo& checkpoint) { return (checkpoint.folder / "meta.json").string(); }

}  // namespace

TrainingState::TrainingState(const TrainingPlan& plan, const UNetModel& unet, ProcessGroup& group, torch::Device device)
    : plan_(plan), group_(group), device_(device), weights_(plan, unet, group, device), guard_(plan.guard, device) {}

void TrainingState::begin(const std::optional<CheckpointInfo>& checkpoint, const PlanData& data) {
  // In the memory format of the phase that it goes on in: an 8-bit state is exact in its own alone.
  const size_t phase = checkpoint ? checkpoint->meta().value("phase", size_t{0}) : 0;
  weights_.arrange(convolution_memory_of(plan_, *data.phases().at(std::min(phase, data.phases().size() - 1)).plan));
  if (!checkpoint) {
    cursor_.updates = start_weights(weights_.arena(), weights_.optimizer(), plan_.model);
    return;
  }
  const CheckpointState state = read_checkpoint(checkpoint->folder, weights_.arena().layout());
  const std::string where = meta_of(*checkpoint);
  require_checkpoint_of_plan(state.meta, checkpoint->folder, plan_, data);
  restore_training(weights_.arena(), weights_.optimizer(), state);
  cursor_ = training_cursor_from_json(state.meta.at("cursor"), where);
  guard_.restore(guard_record_from_json(state.meta.at("guard"), where));
  quarantine_.restore(state.meta.at("quarantine"), where);
}

torch::Tensor TrainingState::advance(const PhaseData& phase, double lr, int64_t micro_steps) {
  whole_ = false;
  const torch::Tensor norm = grad_norm(weights_.arena().flat(ArenaBuffer::gradient));
  torch::Tensor guard = guard_.judge(norm);  // from here on the norm of a gradient that must not be used is NaN
  const EmaPlan& ema = plan_.ema_of(*phase.plan);
  OptimizerStep step{.lr = lr, .update = cursor_.updates + 1, .ema_decays = {ema_decay_at(ema.decay, ema.warmup, cursor_.updates)}};
  for (const double decay : ema.more_decays) {
    step.ema_decays.push_back(ema_decay_at(decay, ema.warmup, cursor_.updates));
  }
  weights_.optimizer().step(step, norm);
  ++cursor_.step;
  ++cursor_.updates;
  ++cursor_.phase_batch;
  cursor_.micro_steps += micro_steps;
  cursor_.images += phase.global_batch;
  whole_ = true;
  return guard;
}

std::optional<CheckpointInfo> TrainingState::roll_back(const RunDirectory& run) {
  std::optional<CheckpointInfo> checkpoint = choose_checkpoint(run, group_, device_, guard_.record().anchor);
  GuardRecord record_then;
  if (checkpoint) {
    const CheckpointState state = read_checkpoint(checkpoint->folder, weights_.arena().layout());
    const std::string where = meta_of(*checkpoint);
    restore_training(weights_.arena(), weights_.optimizer(), state);
    cursor_.updates = training_cursor_from_json(state.meta.at("cursor"), where).updates;
    record_then = guard_record_from_json(state.meta.at("guard"), where);
  } else {
    cursor_.updates = start_weights(weights_.arena(), weights_.optimizer(), plan_.model);
  }
  guard_.rolled_back(cursor_.step, record_then);
  return checkpoint;
}

void TrainingState::describe(CheckpointContent& content) const {
  weights_.describe(content);
  content.facts["step"] = cursor_.step;
  content.facts["phase"] = cursor_.phase;
  content.facts["cursor"] = to_json(cursor_);
  content.facts["guard"] = to_json(guard_.record());
  content.facts["quarantine"] = quarantine_.json();
}

void TrainingState::next_phase() {
  ++cursor_.phase;
  cursor_.phase_batch = 0;
}

}  // namespace darkroom
