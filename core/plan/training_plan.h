// SPDX-License-Identifier: Apache-2.0
// plan.json: what to train, on what, in which phases. Defaults are the recipe's; each stands once, in the parameter table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/json_reader.h"
#include "core/plan/parameter_spec.h"

namespace darkroom {

/// "darkroom_plan" of the plans that this program reads and writes.
inline constexpr int64_t plan_version = 1;

struct ModelPlan {
  std::string layout{default_text("model.layout")};        ///< "sd15", "scratch", "pocket"
  int64_t init_seed = default_integer("model.init_seed");  ///< JSON: "init": {"seed": N}
  std::string init_from;  ///< JSON: "init": {"from": PATH}; a model or a checkpoint; empty: fresh weights from init_seed
  std::string init_state{
      default_text("model.init_state")};  ///< JSON: "init": {"from": …, "state": "all"}; "weights" leaves moments and EMA
  std::string vae;                        ///< path, or "pocket"
  std::string text_encoder;               ///< path, or "pocket"
  bool text_attention_mask = default_boolean("model.text_attention_mask");
  bool operator==(const ModelPlan&) const = default;
};

struct BatchPlan {
  int64_t per_device = default_integer("batch.per_device");
  int64_t accumulation = default_integer("batch.accumulation");  ///< micro-steps per optimiser step
  bool operator==(const BatchPlan&) const = default;
};

struct OptimizerPlan {
  std::string name{default_text("optimizer.name")};  ///< "adamw", "adamw8bit", "adafactor"
  double beta1 = default_real("optimizer.beta1");    ///< JSON: "betas": [beta1, beta2]
  double beta2 = default_real("optimizer.beta2");
  double eps = default_real("optimizer.eps");  ///< betas and eps: of adamw and adamw8bit
  double weight_decay = default_real("optimizer.weight_decay");
  double decay_power = default_real("optimizer.decay_power");  ///< adafactor
  double update_clip = default_real("optimizer.update_clip");  ///< adafactor
  bool operator==(const OptimizerPlan&) const = default;
};

/// Averages of the weights that are kept at once.
inline constexpr size_t most_emas = 3;

struct EmaPlan {
  double decay = default_real("ema.decay");
  std::vector<double> more_decays;              ///< JSON: "decays": [decay, …more] instead of "decay"
  bool warmup = default_boolean("ema.warmup");  ///< decay of a step: min(decay, (1+step)/(10+step))
  bool operator==(const EmaPlan&) const = default;
};

/// What is done about gradients that are not finite or far longer than usual.
struct GuardPlan {
  double spike_factor = default_real("guard.spike_factor");          ///< times the running norm that counts as a spike; 0: only not finite
  int64_t warmup_steps = default_integer("guard.warmup_steps");      ///< of a phase, in which nothing counts as a spike
  int64_t skips_in_a_row = default_integer("guard.skips_in_a_row");  ///< that roll the run back; 0: never
  double rate_factor = default_real("guard.rate_factor");            ///< of the learning rate after that
  int64_t rate_steps = default_integer("guard.rate_steps");          ///< optimiser steps that it stays lower
  bool operator==(const GuardPlan&) const = default;
};

struct CheckpointPlan {
  int64_t every_steps = default_integer("checkpoint.every_steps");    ///< optimiser steps; 0: only by epochs
  int64_t every_epochs = default_integer("checkpoint.every_epochs");  ///< 0: only by steps
  int64_t keep_last = default_integer("checkpoint.keep_last");        ///< of those made inside epochs; at least 2
  bool keep_epochs = default_boolean("checkpoint.keep_epochs");       ///< those at the end of an epoch are never removed
  bool keep_best = default_boolean("checkpoint.keep_best");           ///< nor the one with the smallest validation loss
  bool operator==(const CheckpointPlan&) const = default;
};

struct ValidationPrompt {
  std::string category;
  std::string text;
  bool operator==(const ValidationPrompt&) const = default;
};

struct ValidationPlan {
  int64_t every_epochs = default_integer("validation.every_epochs");  ///< 0: never
  int64_t samples = default_integer("validation.samples");            ///< rows of the validation split
  int64_t steps = default_integer("validation.steps");                ///< sampler steps of the grid
  double cfg = default_real("validation.cfg");
  int64_t seed = default_integer("validation.seed");
  std::vector<ValidationPrompt> prompts;
  bool operator==(const ValidationPlan&) const = default;
};

struct LatentsPlan {
  std::string memory{default_text("latents.memory")};    ///< "ram", "mapped"
  double fraction = default_real("latents.fraction");    ///< of each dataset's latents, with "ram"
  int64_t threads = default_integer("latents.threads");  ///< that copy, with "ram"
  bool operator==(const LatentsPlan&) const = default;
};

struct LoggingPlan {
  bool tensorboard = default_boolean("logging.tensorboard");
  std::string wandb{default_text("logging.wandb")};  ///< "off", "offline", "online"
  bool operator==(const LoggingPlan&) const = default;
};

inline constexpr double share_tolerance = 1e-6;  ///< how far from 1 the shares of a phase may sum to

struct SourcePlan {
  std::string dataset;                          ///< dataset folder, or a mixture's file
  double share = default_real("source.share");  ///< of the phase's samples; the shares of a phase sum to 1
  std::optional<int64_t> limit;                 ///< rows at most; absent: all
  bool operator==(const SourcePlan&) const = default;
};

struct PhasePlan {
  std::string name;
  int64_t epochs = default_integer("phase.epochs");
  std::vector<SourcePlan> sources;
  double peak_lr = default_real("phase.peak_lr");
  int64_t warmup_steps = default_integer("phase.warmup_steps");            ///< optimiser steps
  std::string schedule{default_text("phase.schedule")};                    ///< "cosine", "constant", "linear", "polynomial"
  double schedule_power = default_real("phase.schedule_power");            ///< of "polynomial"
  double warmup_from = default_real("phase.warmup_from");                  ///< fraction of peak_lr at step 0
  double floor = default_real("phase.floor");                              ///< fraction of peak_lr at the end
  double cfg_dropout = default_real("phase.cfg_dropout");                  ///< probability of the empty caption
  double min_snr_gamma = default_real("phase.min_snr_gamma");              ///< 0: no weighting
  std::string prediction{default_text("phase.prediction")};                ///< "epsilon", "v_prediction", "flow"
  std::string timestep_sampling{default_text("phase.timestep_sampling")};  ///< "uniform", "logit_normal"
  double timestep_mean = default_real("phase.timestep_mean");              ///< of "logit_normal"
  double timestep_std = default_real("phase.timestep_std");                ///< of "logit_normal"
  bool zero_terminal_snr = default_boolean("phase.zero_terminal_snr");     ///< with "v_prediction"
  double offset_noise = default_real("phase.offset_noise");
  std::string loss{default_text("phase.loss")};            ///< "mse", "huber"
  double huber_delta = default_real("phase.huber_delta");  ///< of "huber"
  // Overrides; a member that the phase's JSON leaves out keeps the plan's value.
  std::optional<BatchPlan> batch;
  std::optional<std::string> memory_format;
  std::optional<std::string> recompute;
  std::optional<EmaPlan> ema;
  std::optional<CheckpointPlan> checkpoint;
  std::optional<ValidationPlan> validation;
  bool operator==(const PhasePlan&) const = default;
};

struct TrainingPlan {
  std::string name;
  int64_t seed = default_integer("plan.seed");
  ModelPlan model;
  std::string precision{default_text("plan.precision")};          ///< "bf16", "fp32"
  std::string memory_format{default_text("plan.memory_format")};  ///< "channels_last", "contiguous"
  std::string recompute{default_text("plan.recompute")};          ///< "auto", "blocks", "none"
  BatchPlan batch;
  OptimizerPlan optimizer;
  double clip_norm = default_real("plan.clip_norm");  ///< of the global gradient norm; 0: no clipping
  GuardPlan guard;
  EmaPlan ema;
  LatentsPlan latents;
  CheckpointPlan checkpoint;
  ValidationPlan validation;
  LoggingPlan logging;
  std::vector<PhasePlan> phases;

  // The value that holds in a phase: its override, else the plan's.
  const BatchPlan& batch_of(const PhasePlan& phase) const { return phase.batch ? *phase.batch : batch; }
  const std::string& memory_format_of(const PhasePlan& phase) const { return phase.memory_format ? *phase.memory_format : memory_format; }
  const std::string& recompute_of(const PhasePlan& phase) const { return phase.recompute ? *phase.recompute : recompute; }
  const EmaPlan& ema_of(const PhasePlan& phase) const { return phase.ema ? *phase.ema : ema; }
  const CheckpointPlan& checkpoint_of(const PhasePlan& phase) const { return phase.checkpoint ? *phase.checkpoint : checkpoint; }
  const ValidationPlan& validation_of(const PhasePlan& phase) const { return phase.validation ? *phase.validation : validation; }
  int64_t total_epochs() const;
  /// Whether the validation of a phase has prompts to draw or samples to measure: what `run sample` asks for.
  bool has_samples() const;

  bool operator==(const TrainingPlan&) const = default;
};

/// Strict reading of a parsed plan: every problem of spelling, type, range and sense is added to `problems`; nothing is thrown.
/// Paths are not looked at: see check_plan_paths. The result is usable only when no problem was added.
TrainingPlan parse_plan(const Json& json, std::vector<Problem>& problems);

/// Problems of sense in a plan however it came about (shares, empty phases, names twice, missing VAE …), and of range.
void check_plan(const TrainingPlan& plan, std::vector<Problem>& problems);

/// What a plan asks for and this version does not do, or does otherwise than one may expect: no reason to refuse it, but to be said.
std::vector<Problem> plan_notes(const TrainingPlan& plan);

/// Named files and folders that do not exist, and datasets without dataset.json, in mixtures too. Relative paths start at `folder` (the
/// plan file's).
void check_plan_paths(const TrainingPlan& plan, const std::filesystem::path& folder, std::vector<Problem>& problems);

/// Reads a plan file; relative paths in it are made absolute against its folder ("pocket" stays), and mixtures (mixture_file.h) become the
/// datasets that they name.
/// throws  Error{not_found | bad_input}: the file and every problem, one a line, with its JSON pointer
TrainingPlan read_plan(const std::filesystem::path& file);

/// `path` as a plan means it: absolute as it is, "pocket" and empty as they are, relative below `folder`.
std::string resolve_plan_path(const std::string& path, const std::filesystem::path& folder);
/// All paths of the plan so resolved.
TrainingPlan with_resolved_paths(TrainingPlan plan, const std::filesystem::path& folder);

/// Complete: all defaults are written out. parse_plan(to_json(plan)) == plan.
Json to_json(const TrainingPlan& plan);

/// XXH3-64 of the canonical JSON, 16 hex digits: equal plans have equal hashes whatever their spelling.
std::string plan_hash(const TrainingPlan& plan);

/// "file.json:\n  /phases/0/peak_lr: expected …", one line a problem.
std::string problems_text(const std::string& where, const std::vector<Problem>& problems);

}  // namespace darkroom
