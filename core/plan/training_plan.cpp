// SPDX-License-Identifier: Apache-2.0
// What makes sense in a plan, beyond spelling: shares, names, paths.
#include "core/plan/training_plan.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/format.h"
#include "core/plan/mixture_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// A value for something that is not chosen would do nothing: said instead.
void check_unused(const PhasePlan& phase, const std::string& pointer, std::vector<Problem>& problems) {
  struct Value {
    bool used;
    bool changed;
    const char* key;
    const char* belongs_to;
  };
  const PhasePlan usual;
  const bool normal = phase.timestep_sampling == "logit_normal";
  for (const Value& value : {
           Value{phase.schedule == "polynomial", phase.schedule_power != usual.schedule_power, "schedule_power", "schedule \"polynomial\""},
           Value{normal, phase.timestep_mean != usual.timestep_mean, "timestep_mean", "timestep_sampling \"logit_normal\""},
           Value{normal, phase.timestep_std != usual.timestep_std, "timestep_std", "timestep_sampling \"logit_normal\""},
           Value{phase.loss == "huber", phase.huber_delta != usual.huber_delta, "huber_delta", "loss \"huber\""},
       }) {
    if (value.changed && !value.used) {
      problems.push_back({format("{}/{}", pointer, value.key), format("has no meaning without {}", value.belongs_to)});
    }
  }
}

void check_phase(const TrainingPlan& plan, size_t index, std::set<std::string>& names, std::vector<Problem>& problems) {
  const PhasePlan& phase = plan.phases[index];
  const std::string pointer = format("/phases/{}", index);
  if (phase.name.empty()) {
    problems.push_back({pointer + "/name", "is empty"});
  } else if (!names.insert(phase.name).second) {
    problems.push_back({pointer + "/name", format("\"{}\" is the name of an earlier phase", phase.name)});
  }
  if (phase.sources.empty()) {
    problems.push_back({pointer + "/sources", "names no dataset"});
  }
  double sum = 0;
  for (size_t i = 0; i < phase.sources.size(); ++i) {
    const SourcePlan& source = phase.sources[i];
    sum += source.share;
    if (source.dataset.empty()) {
      problems.push_back({format("{}/sources/{}/dataset", pointer, i), "is empty"});
    }
    if (source.share <= 0) {
      problems.push_back({format("{}/sources/{}/share", pointer, i), "is 0: leave the source out instead"});
    }
  }
  if (!phase.sources.empty() && std::abs(sum - 1) > share_tolerance) {
    problems.push_back({pointer + "/sources", format("the shares sum to {:.6g}; they must sum to 1", sum)});
  }
  if (phase.peak_lr <= 0) {
    problems.push_back({pointer + "/peak_lr", "is 0: nothing would be learned"});
  }
  if (phase.zero_terminal_snr && phase.prediction != "v_prediction") {
    problems.push_back({pointer + "/zero_terminal_snr", format("needs \"prediction\": \"v_prediction\", got \"{}\"{}", phase.prediction,
                                                               phase.prediction == "flow" ? ": a flow ends in noise alone by itself"
                                                                                          : ": pure noise says nothing about x0")});
  }
  check_unused(phase, pointer, problems);
  if (plan.ema_of(phase).more_decays.size() != plan.ema.more_decays.size()) {
    problems.push_back({pointer + "/ema", format("names {} averages, the plan {}: a run keeps as many from its start to its end",
                                                 plan.ema_of(phase).more_decays.size() + 1, plan.ema.more_decays.size() + 1)});
  }
  const CheckpointPlan& checkpoint = plan.checkpoint_of(phase);
  if (checkpoint.every_steps == 0 && checkpoint.every_epochs == 0) {
    problems.push_back(
        {phase.checkpoint ? pointer + "/checkpoint" : "/checkpoint", "every_steps and every_epochs are both 0: nothing would be saved"});
  }
}

template <typename Field>
void resolve(Field& path, const fs::path& folder) {
  path = resolve_plan_path(path, folder);
}

void check_mixture(const std::string& path, const std::string& pointer, std::vector<Problem>& problems) {
  try {
    for (const SourcePlan& source : read_mixture_file(path).sources) {
      if (!fs::exists(fs::path(source.dataset) / "dataset.json")) {
        problems.push_back({pointer, format("the mixture {} names {}, which is no dataset folder", path, source.dataset)});
      }
    }
  } catch (const Error& error) {
    problems.push_back({pointer, error.what()});
  }
}

}  // namespace

int64_t TrainingPlan::total_epochs() const {
  int64_t sum = 0;
  for (const PhasePlan& phase : phases) {
    sum += phase.epochs;
  }
  return sum;
}

bool TrainingPlan::has_samples() const {
  return std::any_of(phases.begin(), phases.end(),
                     [this](const PhasePlan& phase) { return !validation_of(phase).prompts.empty() || validation_of(phase).samples > 0; });
}

void check_plan(const TrainingPlan& plan, std::vector<Problem>& problems) {
  if (plan.phases.empty()) {
    problems.push_back({"/phases", "is empty: a plan has at least one phase"});
  }
  if (plan.model.vae.empty()) {
    problems.push_back({"/model/vae", "is missing: the folder of the VAE that made the latents, or \"pocket\""});
  }
  if (plan.model.text_encoder.empty()) {
    problems.push_back({"/model/text_encoder", "is missing: the folder of the CLIP text encoder, or \"pocket\""});
  }
  if (plan.latents.memory != "ram" && (plan.latents.fraction != LatentsPlan().fraction || plan.latents.threads != LatentsPlan().threads)) {
    problems.push_back({"/latents", format("fraction and threads have no meaning with memory \"{}\"", plan.latents.memory)});
  }
  std::set<std::string> names;
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    check_phase(plan, i, names, problems);
  }
}

std::vector<Problem> plan_notes(const TrainingPlan& plan) {
  std::vector<Problem> notes;
  if (plan.logging.wandb == "online") {
    notes.push_back(
        {"/logging/wandb",
         "the records are written as files and sent by `wandb sync` when a launch ends; it needs WANDB_API_KEY and that program"});
  }
  return notes;
}

void check_plan_paths(const TrainingPlan& plan, const fs::path& folder, std::vector<Problem>& problems) {
  const auto missing = [&folder](const std::string& path) { return path != "pocket" && !fs::exists(resolve_plan_path(path, folder)); };
  const auto check = [&](const std::string& pointer, const std::string& path) {
    if (!path.empty() && missing(path)) {
      problems.push_back({pointer, format("there is no {}", resolve_plan_path(path, folder))});
    }
  };
  check("/model/init/from", plan.model.init_from);
  check("/model/vae", plan.model.vae);
  check("/model/text_encoder", plan.model.text_encoder);
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    for (size_t s = 0; s < plan.phases[i].sources.size(); ++s) {
      const std::string pointer = format("/phases/{}/sources/{}/dataset", i, s);
      const std::string path = resolve_plan_path(plan.phases[i].sources[s].dataset, folder);
      if (!fs::exists(path)) {
        problems.push_back({pointer, format("there is no folder {}", path)});
      } else if (is_mixture_file(path)) {
        check_mixture(path, pointer, problems);
      } else if (!fs::exists(fs::path(path) / "dataset.json")) {
        problems.push_back({pointer, format("{} is no dataset folder: it has no dataset.json", path)});
      }
    }
  }
}

std::string resolve_plan_path(const std::string& path, const fs::path& folder) {
  if (path.empty() || path == "pocket" || fs::path(path).is_absolute()) {
    return path;
  }
  return (fs::absolute(folder) / path).lexically_normal().string();
}

TrainingPlan with_resolved_paths(TrainingPlan plan, const fs::path& folder) {
  resolve(plan.model.init_from, folder);
  resolve(plan.model.vae, folder);
  resolve(plan.model.text_encoder, folder);
  for (PhasePlan& phase : plan.phases) {
    for (SourcePlan& source : phase.sources) {
      resolve(source.dataset, folder);
    }
  }
  return plan;
}

TrainingPlan read_plan(const fs::path& file) {
  std::vector<Problem> problems;
  TrainingPlan plan = parse_plan(read_json_file(file), problems);
  if (!problems.empty()) {
    throw Error(ErrorCode::bad_input, problems_text(file.string(), problems));
  }
  return with_mixtures_expanded(with_resolved_paths(std::move(plan), fs::absolute(file).parent_path()));
}

std::string plan_hash(const TrainingPlan& plan) {
  const std::string text = to_json(plan).dump();
  return format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

std::string problems_text(const std::string& where, const std::vector<Problem>& problems) {
  std::string text = format("{}: {} problem{}", where, problems.size(), problems.size() == 1 ? "" : "s");
  for (const Problem& problem : problems) {
    text += format("\n  {}: {}", problem.pointer.empty() ? "/" : problem.pointer, problem.message);
  }
  return text;
}

}  // namespace darkroom
