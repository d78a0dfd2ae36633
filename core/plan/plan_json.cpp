// SPDX-License-Identifier: Apache-2.0
// plan.json <-> TrainingPlan. A part that a phase overrides is read over a copy of the plan's own, so that members left out are inherited.
#include "core/plan/training_plan.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr int64_t plan_version = 1;

void read_batch(JsonReader& reader, BatchPlan& batch) {
  read_parameter(reader, parameter_spec("batch.per_device"), batch.per_device);
  read_parameter(reader, parameter_spec("batch.accumulation"), batch.accumulation);
}

void read_ema(JsonReader& reader, EmaPlan& ema) {
  read_parameter(reader, parameter_spec("ema.decay"), ema.decay);
  read_parameter(reader, parameter_spec("ema.warmup"), ema.warmup);
}

void read_checkpoint(JsonReader& reader, CheckpointPlan& checkpoint) {
  read_parameter(reader, parameter_spec("checkpoint.every_steps"), checkpoint.every_steps);
  read_parameter(reader, parameter_spec("checkpoint.every_epochs"), checkpoint.every_epochs);
  read_parameter(reader, parameter_spec("checkpoint.keep_last"), checkpoint.keep_last);
  read_parameter(reader, parameter_spec("checkpoint.keep_epochs"), checkpoint.keep_epochs);
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

void read_model(JsonReader& reader, ModelPlan& model, std::vector<Problem>& problems) {
  read_parameter(reader, parameter_spec("model.layout"), model.layout);
  read_part(reader, "init", problems, [&](JsonReader& init) {
    // Written as "seed" and "from" inside "init"; ranges are those of the table.
    const ParameterSpec& seed = parameter_spec("model.init_seed");
    init.read("seed", model.init_seed, static_cast<int64_t>(seed.min), static_cast<int64_t>(seed.max));
    init.read("from", model.init_from);
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
}

SourcePlan read_source(const Json& json, const std::string& pointer, std::vector<Problem>& problems) {
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
    phase.sources.push_back(read_source(sources[i], format("{}/{}", reader.pointer_to("sources"), i), problems));
  }
  read_parameter(reader, parameter_spec("phase.peak_lr"), phase.peak_lr);
  read_parameter(reader, parameter_spec("phase.warmup_steps"), phase.warmup_steps);
  read_parameter(reader, parameter_spec("phase.schedule"), phase.schedule);
  read_parameter(reader, parameter_spec("phase.warmup_from"), phase.warmup_from);
  read_parameter(reader, parameter_spec("phase.floor"), phase.floor);
  read_parameter(reader, parameter_spec("phase.cfg_dropout"), phase.cfg_dropout);
  read_parameter(reader, parameter_spec("phase.min_snr_gamma"), phase.min_snr_gamma);
  read_parameter(reader, parameter_spec("phase.prediction"), phase.prediction);
  read_override(reader, "batch", problems, plan.batch, phase.batch, [](JsonReader& part, BatchPlan& value) { read_batch(part, value); });
  read_override(reader, parameter_spec("plan.memory_format"), phase.memory_format);
  read_override(reader, parameter_spec("plan.recompute"), phase.recompute);
  read_override(reader, "ema", problems, plan.ema, phase.ema, [](JsonReader& part, EmaPlan& value) { read_ema(part, value); });
  read_override(reader, "checkpoint", problems, plan.checkpoint, phase.checkpoint,
                [](JsonReader& part, CheckpointPlan& value) { read_checkpoint(part, value); });
  read_override(reader, "validation", problems, plan.validation, phase.validation,
                [&problems](JsonReader& part, ValidationPlan& value) { read_validation(part, value, problems); });
  reader.finish();
  return phase;
}

Json batch_json(const BatchPlan& batch) { return {{"per_device", batch.per_device}, {"accumulation", batch.accumulation}}; }
Json ema_json(const EmaPlan& ema) { return {{"decay", ema.decay}, {"warmup", ema.warmup}}; }
Json checkpoint_json(const CheckpointPlan& checkpoint) {
  return {{"every_steps", checkpoint.every_steps},
          {"every_epochs", checkpoint.every_epochs},
          {"keep_last", checkpoint.keep_last},
          {"keep_epochs", checkpoint.keep_epochs}};
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
            {"warmup_from", phase.warmup_from},
            {"floor", phase.floor},
            {"cfg_dropout", phase.cfg_dropout},
            {"min_snr_gamma", phase.min_snr_gamma},
            {"prediction", phase.prediction}};
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
  read_parameter(reader, parameter_spec("plan.recompute"), plan.recompute);
  read_part(reader, "batch", problems, [&](JsonReader& part) { read_batch(part, plan.batch); });
  read_part(reader, "optimizer", problems, [&](JsonReader& part) { read_optimizer(part, plan.optimizer, problems); });
  read_parameter(reader, parameter_spec("plan.clip_norm"), plan.clip_norm);
  read_part(reader, "ema", problems, [&](JsonReader& part) { read_ema(part, plan.ema); });
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

Json to_json(const TrainingPlan& plan) {
  Json model{{"layout", plan.model.layout},
             {"init", plan.model.init_from.empty() ? Json{{"seed", plan.model.init_seed}} : Json{{"from", plan.model.init_from}}},
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
          {"optimizer",
           {{"name", plan.optimizer.name},
            {"betas", Json::array({plan.optimizer.beta1, plan.optimizer.beta2})},
            {"eps", plan.optimizer.eps},
            {"weight_decay", plan.optimizer.weight_decay}}},
          {"clip_norm", plan.clip_norm},
          {"ema", ema_json(plan.ema)},
          {"checkpoint", checkpoint_json(plan.checkpoint)},
          {"validation", validation_json(plan.validation)},
          {"logging", {{"tensorboard", plan.logging.tensorboard}, {"wandb", plan.logging.wandb}}},
          {"phases", phases}};
}

}  // namespace darkroom
