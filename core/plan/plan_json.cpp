// SPDX-License-Identifier: Apache-2.0
// plan.json -> TrainingPlan; the way back is plan_json_writer.cpp. A part that a phase overrides is read over a copy of the plan's own, so
// that members left out are inherited.
#include "core/plan/training_plan.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

void read_batch(JsonReader& reader, BatchPlan& batch) {
  read_parameter(reader, parameter_spec("batch.per_device"), batch.per_device);
  read_parameter(reader, parameter_spec("batch.accumulation"), batch.accumulation);
}

void read_decays(JsonReader& reader, bool beside_decay, EmaPlan& ema) {
  const ParameterSpec& spec = parameter_spec("ema.decays");
  const Json& decays = reader.array("decays");
  if (beside_decay && !reader.has("decays")) {
    ema.more_decays.clear();  // a phase that names one decay has one
  }
  if (!reader.has("decays") || !reader.any("decays")->is_array()) {
    return;
  }
  if (beside_decay) {
    reader.problem("decays", "stands beside \"decay\"; give one of the two");
    return;
  }
  if (decays.empty() || decays.size() > most_emas) {
    reader.problem("decays", format("expected 1 to {} numbers, got {}", most_emas, decays.size()));
    return;
  }
  std::vector<double> values;
  for (const Json& decay : decays) {
    const std::string problem = decay.is_number() ? parameter_problem(spec, decay.get<double>())
                                                  : format("expected a number from {} to {}, got {}", spec.min, spec.max, decay.dump());
    if (!problem.empty()) {
      reader.problem("decays", problem);
      return;
    }
    values.push_back(decay.get<double>());
  }
  ema.decay = values.front();
  ema.more_decays.assign(values.begin() + 1, values.end());
}

void read_ema(JsonReader& reader, EmaPlan& ema) {
  const bool one = reader.has("decay");
  read_parameter(reader, parameter_spec("ema.decay"), ema.decay);
  read_decays(reader, one, ema);
  read_parameter(reader, parameter_spec("ema.warmup"), ema.warmup);
}

void read_checkpoint(JsonReader& reader, CheckpointPlan& checkpoint) {
  read_parameter(reader, parameter_spec("checkpoint.every_steps"), checkpoint.every_steps);
  read_parameter(reader, parameter_spec("checkpoint.every_epochs"), checkpoint.every_epochs);
  read_parameter(reader, parameter_spec("checkpoint.keep_last"), checkpoint.keep_last);
  read_parameter(reader, parameter_spec("checkpoint.keep_epochs"), checkpoint.keep_epochs);
  read_parameter(reader, parameter_spec("checkpoint.keep_best"), checkpoint.keep_best);
}

void read_guard(JsonReader& reader, GuardPlan& guard) {
  read_parameter(reader, parameter_spec("guard.spike_factor"), guard.spike_factor);
  read_parameter(reader, parameter_spec("guard.warmup_steps"), guard.warmup_steps);
  read_parameter(reader, parameter_spec("guard.skips_in_a_row"), guard.skips_in_a_row);
  read_parameter(reader, parameter_spec("guard.rate_factor"), guard.rate_factor);
  read_parameter(reader, parameter_spec("guard.rate_steps"), guard.rate_steps);
}

void read_validation(JsonReader& reader, ValidationPlan& validation, std::vector<Problem>& problems) {
  read_parameter(reader, parameter_spec("validation.every_epochs"), validation.every_epochs);
  read_parameter(reader, parameter_spec("validation.samples"), validation.samples);
  read_parameter(reader, parameter_spec("validation.steps"), validation.steps);
  read_parameter(reader, parameter_spec("validation.cfg"), validation.cfg);
  read_parameter(reader, parameter_spec("validation.seed"), validation.seed);
  const Json& prompts = reader.array("prompts");
  if (reader.has("prompts")) {
    validation.prompts.clear();
  }
  for (size_t i = 0; i < prompts.size(); ++i) {
    ValidationPrompt prompt;
    JsonReader entry(prompts[i], format("{}/{}", reader.pointer_to("prompts"), i), problems);
    entry.read("category", prompt.category);
    entry.read("text", prompt.text);
    entry.require("text");
    entry.finish();
    validation.prompts.push_back(std::move(prompt));
  }
}

/// Reads the member object `key` with `read`; an absent member leaves everything as it was.
template <typename Read>
void read_part(JsonReader& parent, const std::string& key, std::vector<Problem>& problems, Read&& read) {
  const Json& object = parent.object(key);
  JsonReader reader(object, parent.pointer_to(key), problems);
  read(reader);
  reader.finish();
}

template <typename Part, typename Read>
void read_override(JsonReader& phase, const std::string& key, std::vector<Problem>& problems, const Part& inherited,
                   std::optional<Part>& part, Read&& read) {
  const bool given = phase.has(key);
  Part value = inherited;
  read_part(phase, key, problems, [&](JsonReader& reader) { read(reader, value); });
  if (given) {
    part = std::move(value);
  }
}

void read_override(JsonReader& phase, const ParameterSpec& spec, std::optional<std::string>& part) {
  const bool given = phase.has(std::string(spec.name()));
  std::string value(spec.default_text);
  read_parameter(phase, spec, value);
  if (given) {
    part = std::move(value);
  }
}

// Plans of version 0.1 said "on" and "off" for what is now "blocks" and "none".
bool read_earlier_recompute(JsonReader& reader, std::string& recompute) {
  const Json* given = reader.any("recompute");
  const bool on = given != nullptr && *given == "on";
  const bool off = given != nullptr && *given == "off";
  if (on || off) {
    recompute = on ? "blocks" : "none";
  }
  return on || off;
}

void read_recompute(JsonReader& reader, std::string& recompute) {
  if (!read_earlier_recompute(reader, recompute)) {
    read_parameter(reader, parameter_spec("plan.recompute"), recompute);
  }
}

void read_recompute(JsonReader& reader, std::optional<std::string>& recompute) {
  if (std::string earlier; read_earlier_recompute(reader, earlier)) {
    recompute = std::move(earlier);
  } else {
    read_override(reader, parameter_spec("plan.recompute"), recompute);
  }
}

void read_model(JsonReader& reader, ModelPlan& model, std::vector<Problem>& problems) {
  read_parameter(reader, parameter_spec("model.layout"), model.layout);
  read_part(reader, "init", problems, [&](JsonReader& init) {
    // Written as "seed" and "from" inside "init"; ranges are those of the table.
    const ParameterSpec& seed = parameter_spec("model.init_seed");
    init.read("seed", model.init_seed, static_cast<int64_t>(seed.min), static_cast<int64_t>(seed.max));
    init.read("from", model.init_from);
    const ParameterSpec& state = parameter_spec("model.init_state");
    init.read_choice("state", model.init_state, {state.choices.begin(), state.choices.end()});
    if (init.has("state") && !init.has("from")) {
      init.problem("state", "stands without \"from\"; fresh weights have no other state");
    }
    if (init.has("seed") && init.has("from")) {
      init.problem("seed", "stands beside \"from\"; give one of the two");
    }
  });
  read_parameter(reader, parameter_spec("model.vae"), model.vae);
  read_parameter(reader, parameter_spec("model.text_encoder"), model.text_encoder);
  read_parameter(reader, parameter_spec("model.text_attention_mask"), model.text_attention_mask);
}

void read_optimizer(JsonReader& reader, OptimizerPlan& optimizer, std::vector<Problem>& problems) {
  read_parameter(reader, parameter_spec("optimizer.name"), optimizer.name);
  const Json& betas = reader.array("betas");
  if (reader.has("betas")) {
    if (betas.size() == 2 && betas[0].is_number() && betas[1].is_number()) {
      optimizer.beta1 = betas[0].get<double>();
      optimizer.beta2 = betas[1].get<double>();
      for (const auto& [key, value, index] : {std::tuple{"optimizer.beta1", optimizer.beta1, 0}, {"optimizer.beta2", optimizer.beta2, 1}}) {
        if (const std::string problem = parameter_problem(parameter_spec(key), value); !problem.empty()) {
          problems.push_back({format("{}/{}", reader.pointer_to("betas"), index), problem});
        }
      }
    } else if (reader.any("betas")->is_array()) {
      reader.problem("betas", "expected two numbers, like [0.9, 0.999]");
    }
  }
  read_parameter(reader, parameter_spec("optimizer.eps"), optimizer.eps);
  read_parameter(reader, parameter_spec("optimizer.weight_decay"), optimizer.weight_decay);
  read_parameter(reader, parameter_spec("optimizer.decay_power"), optimizer.decay_power);
  read_parameter(reader, parameter_spec("optimizer.update_clip"), optimizer.update_clip);
  // A value that the rule does not read would do nothing.
  const bool adafactor = optimizer.name == "adafactor";
  for (const char* key : {"betas", "eps"}) {
    if (adafactor && reader.has(key)) {
      reader.problem(key, "has no meaning with adafactor; leave it out");
    }
  }
  for (const char* key : {"decay_power", "update_clip"}) {
    if (!adafactor && reader.has(key)) {
      reader.problem(key, format("has no meaning with {}, only with adafactor; leave it out", optimizer.name));
    }
  }
}

SourcePlan read_phase_source(const Json& json, const std::string& pointer, std::vector<Problem>& problems) {
  SourcePlan source;
  JsonReader reader(json, pointer, problems);
  reader.require("dataset");
  read_parameter(reader, parameter_spec("source.dataset"), source.dataset);
  read_parameter(reader, parameter_spec("source.share"), source.share);
  if (const Json* limit = reader.any("limit"); limit != nullptr && !limit->is_null()) {
    int64_t rows = 1;
    read_parameter(reader, parameter_spec("source.limit"), rows);
    source.limit = rows;
  }
  reader.finish();
  return source;
}

PhasePlan read_phase(const Json& json, const std::string& pointer, const TrainingPlan& plan, std::vector<Problem>& problems) {
  PhasePlan phase;
  JsonReader reader(json, pointer, problems);
  reader.require("name");
  reader.require("sources");
  read_parameter(reader, parameter_spec("phase.name"), phase.name);
  read_parameter(reader, parameter_spec("phase.epochs"), phase.epochs);
  const Json& sources = reader.array("sources");
  for (size_t i = 0; i < sources.size(); ++i) {
    phase.sources.push_back(read_phase_source(sources[i], format("{}/{}", reader.pointer_to("sources"), i), problems));
  }
  read_parameter(reader, parameter_spec("phase.peak_lr"), phase.peak_lr);
  read_parameter(reader, parameter_spec("phase.warmup_steps"), phase.warmup_steps);
  read_parameter(reader, parameter_spec("phase.schedule"), phase.schedule);
  read_parameter(reader, parameter_spec("phase.schedule_power"), phase.schedule_power);
  read_parameter(reader, parameter_spec("phase.warmup_from"), phase.warmup_from);
  read_parameter(reader, parameter_spec("phase.floor"), phase.floor);
  read_parameter(reader, parameter_spec("phase.cfg_dropout"), phase.cfg_dropout);
  read_parameter(reader, parameter_spec("phase.min_snr_gamma"), phase.min_snr_gamma);
  read_parameter(reader, parameter_spec("phase.prediction"), phase.prediction);
  read_parameter(reader, parameter_spec("phase.timestep_sampling"), phase.timestep_sampling);
  read_parameter(reader, parameter_spec("phase.timestep_mean"), phase.timestep_mean);
  read_parameter(reader, parameter_spec("phase.timestep_std"), phase.timestep_std);
  read_parameter(reader, parameter_spec("phase.zero_terminal_snr"), phase.zero_terminal_snr);
  read_parameter(reader, parameter_spec("phase.offset_noise"), phase.offset_noise);
  read_parameter(reader, parameter_spec("phase.loss"), phase.loss);
  read_parameter(reader, parameter_spec("phase.huber_delta"), phase.huber_delta);
  read_override(reader, "batch", problems, plan.batch, phase.batch, [](JsonReader& part, BatchPlan& value) { read_batch(part, value); });
  read_override(reader, parameter_spec("plan.memory_format"), phase.memory_format);
  read_recompute(reader, phase.recompute);
  read_override(reader, "ema", problems, plan.ema, phase.ema, [](JsonReader& part, EmaPlan& value) { read_ema(part, value); });
  read_override(reader, "checkpoint", problems, plan.checkpoint, phase.checkpoint,
                [](JsonReader& part, CheckpointPlan& value) { read_checkpoint(part, value); });
  read_override(reader, "validation", problems, plan.validation, phase.validation,
                [&problems](JsonReader& part, ValidationPlan& value) { read_validation(part, value, problems); });
  reader.finish();
  return phase;
}

}  // namespace

TrainingPlan parse_plan(const Json& json, std::vector<Problem>& problems) {
  TrainingPlan plan;
  const size_t before = problems.size();
  JsonReader reader(json, "", problems);
  int64_t version = plan_version;
  reader.require("darkroom_plan");
  reader.read("darkroom_plan", version);
  if (version != plan_version) {
    reader.problem("darkroom_plan", format("this program reads version {}, not {}", plan_version, version));
  }
  reader.require("phases");
  read_parameter(reader, parameter_spec("plan.name"), plan.name);
  read_parameter(reader, parameter_spec("plan.seed"), plan.seed);
  read_part(reader, "model", problems, [&](JsonReader& part) { read_model(part, plan.model, problems); });
  read_parameter(reader, parameter_spec("plan.precision"), plan.precision);
  read_parameter(reader, parameter_spec("plan.memory_format"), plan.memory_format);
  read_recompute(reader, plan.recompute);
  read_part(reader, "batch", problems, [&](JsonReader& part) { read_batch(part, plan.batch); });
  read_part(reader, "optimizer", problems, [&](JsonReader& part) { read_optimizer(part, plan.optimizer, problems); });
  read_parameter(reader, parameter_spec("plan.clip_norm"), plan.clip_norm);
  read_part(reader, "guard", problems, [&](JsonReader& part) { read_guard(part, plan.guard); });
  read_part(reader, "ema", problems, [&](JsonReader& part) { read_ema(part, plan.ema); });
  read_part(reader, "latents", problems, [&](JsonReader& part) {
    read_parameter(part, parameter_spec("latents.memory"), plan.latents.memory);
    read_parameter(part, parameter_spec("latents.fraction"), plan.latents.fraction);
    read_parameter(part, parameter_spec("latents.threads"), plan.latents.threads);
  });
  read_part(reader, "checkpoint", problems, [&](JsonReader& part) { read_checkpoint(part, plan.checkpoint); });
  read_part(reader, "validation", problems, [&](JsonReader& part) { read_validation(part, plan.validation, problems); });
  read_part(reader, "logging", problems, [&](JsonReader& part) {
    read_parameter(part, parameter_spec("logging.tensorboard"), plan.logging.tensorboard);
    read_parameter(part, parameter_spec("logging.wandb"), plan.logging.wandb);
  });
  const Json& phases = reader.array("phases");
  for (size_t i = 0; i < phases.size(); ++i) {
    plan.phases.push_back(read_phase(phases[i], format("/phases/{}", i), plan, problems));
  }
  reader.finish();
  if (problems.size() == before) {
    check_plan(plan, problems);
  }
  return plan;
}

}  // namespace darkroom
