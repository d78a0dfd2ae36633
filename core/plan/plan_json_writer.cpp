// SPDX-License-Identifier: Apache-2.0
// TrainingPlan -> plan.json, every default written out; but for members that have no meaning beside others, which reading would refuse.
#include "core/plan/training_plan.h"

namespace darkroom {
namespace {

Json batch_json(const BatchPlan& batch) { return {{"per_device", batch.per_device}, {"accumulation", batch.accumulation}}; }
Json ema_json(const EmaPlan& ema) {
  if (ema.more_decays.empty()) {
    return {{"decay", ema.decay}, {"warmup", ema.warmup}};
  }
  Json decays = Json::array({ema.decay});
  for (const double decay : ema.more_decays) {
    decays.push_back(decay);
  }
  return {{"decays", decays}, {"warmup", ema.warmup}};
}
Json optimizer_json(const OptimizerPlan& optimizer) {
  Json json{{"name", optimizer.name}, {"weight_decay", optimizer.weight_decay}};
  if (optimizer.name == "adafactor") {
    json["decay_power"] = optimizer.decay_power;
    json["update_clip"] = optimizer.update_clip;
  } else {
    json["betas"] = Json::array({optimizer.beta1, optimizer.beta2});
    json["eps"] = optimizer.eps;
  }
  return json;
}
Json checkpoint_json(const CheckpointPlan& checkpoint) {
  return {{"every_steps", checkpoint.every_steps},
          {"every_epochs", checkpoint.every_epochs},
          {"keep_last", checkpoint.keep_last},
          {"keep_epochs", checkpoint.keep_epochs},
          {"keep_best", checkpoint.keep_best}};
}
Json guard_json(const GuardPlan& guard) {
  return {{"spike_factor", guard.spike_factor},
          {"warmup_steps", guard.warmup_steps},
          {"skips_in_a_row", guard.skips_in_a_row},
          {"rate_factor", guard.rate_factor},
          {"rate_steps", guard.rate_steps}};
}
Json validation_json(const ValidationPlan& validation) {
  Json prompts = Json::array();
  for (const ValidationPrompt& prompt : validation.prompts) {
    prompts.push_back(Json{{"category", prompt.category}, {"text", prompt.text}});
  }
  return {{"every_epochs", validation.every_epochs},
          {"samples", validation.samples},
          {"steps", validation.steps},
          {"cfg", validation.cfg},
          {"seed", validation.seed},
          {"prompts", prompts}};
}

Json phase_json(const PhasePlan& phase) {
  Json sources = Json::array();
  for (const SourcePlan& source : phase.sources) {
    sources.push_back(Json{{"dataset", source.dataset}, {"share", source.share}, {"limit", source.limit ? Json(*source.limit) : Json()}});
  }
  Json json{{"name", phase.name},
            {"epochs", phase.epochs},
            {"sources", sources},
            {"peak_lr", phase.peak_lr},
            {"warmup_steps", phase.warmup_steps},
            {"schedule", phase.schedule},
            {"schedule_power", phase.schedule_power},
            {"warmup_from", phase.warmup_from},
            {"floor", phase.floor},
            {"cfg_dropout", phase.cfg_dropout},
            {"min_snr_gamma", phase.min_snr_gamma},
            {"prediction", phase.prediction},
            {"timestep_sampling", phase.timestep_sampling},
            {"timestep_mean", phase.timestep_mean},
            {"timestep_std", phase.timestep_std},
            {"zero_terminal_snr", phase.zero_terminal_snr},
            {"offset_noise", phase.offset_noise},
            {"loss", phase.loss},
            {"huber_delta", phase.huber_delta}};
  if (phase.batch) {
    json["batch"] = batch_json(*phase.batch);
  }
  if (phase.memory_format) {
    json["memory_format"] = *phase.memory_format;
  }
  if (phase.recompute) {
    json["recompute"] = *phase.recompute;
  }
  if (phase.ema) {
    json["ema"] = ema_json(*phase.ema);
  }
  if (phase.checkpoint) {
    json["checkpoint"] = checkpoint_json(*phase.checkpoint);
  }
  if (phase.validation) {
    json["validation"] = validation_json(*phase.validation);
  }
  return json;
}

}  // namespace

Json to_json(const TrainingPlan& plan) {
  Json model{{"layout", plan.model.layout},
             {"init", plan.model.init_from.empty() ? Json{{"seed", plan.model.init_seed}}
                                                   : Json{{"from", plan.model.init_from}, {"state", plan.model.init_state}}},
             {"vae", plan.model.vae},
             {"text_encoder", plan.model.text_encoder},
             {"text_attention_mask", plan.model.text_attention_mask}};
  Json phases = Json::array();
  for (const PhasePlan& phase : plan.phases) {
    phases.push_back(phase_json(phase));
  }
  return {{"darkroom_plan", plan_version},
          {"name", plan.name},
          {"seed", plan.seed},
          {"model", model},
          {"precision", plan.precision},
          {"memory_format", plan.memory_format},
          {"recompute", plan.recompute},
          {"batch", batch_json(plan.batch)},
          {"optimizer", optimizer_json(plan.optimizer)},
          {"clip_norm", plan.clip_norm},
          {"guard", guard_json(plan.guard)},
          {"ema", ema_json(plan.ema)},
          {"latents", {{"memory", plan.latents.memory}, {"fraction", plan.latents.fraction}, {"threads", plan.latents.threads}}},
          {"checkpoint", checkpoint_json(plan.checkpoint)},
          {"validation", validation_json(plan.validation)},
          {"logging", {{"tensorboard", plan.logging.tensorboard}, {"wandb", plan.logging.wandb}}},
          {"phases", phases}};
}

}  // namespace darkroom
