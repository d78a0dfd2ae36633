// SPDX-License-Identifier: Apache-2.0
#include "core/train/resume_point.h"

#include "core/base/format.h"
#include "core/checkpoint/checkpoint.h"

namespace darkroom {

std::optional<CheckpointInfo> choose_checkpoint(const RunDirectory& run, ProcessGroup& group, torch::Device device,
                                                std::optional<int64_t> at_most) {
  torch::Tensor step = torch::full({1}, -1, torch::TensorOptions().dtype(torch::kInt64).device(device));
  if (group.place().rank == 0) {
    const std::vector<CheckpointInfo> all = run.checkpoints();
    std::string trouble;
    for (auto candidate = all.rbegin(); candidate != all.rend(); ++candidate) {
      if (at_most && candidate->step > *at_most) {
        continue;
      }
      try {
        verify_checkpoint(candidate->folder);
        step.fill_(candidate->step);
        break;
      } catch (const Error& error) {
        trouble += std::string(trouble.empty() ? "" : "\n") + error.what();
      }
    }
    if (!trouble.empty() && step.item<int64_t>() < 0) {
      fail(ErrorCode::bad_input, "No checkpoint of {} can be used:\n{}", run.folder().string(), trouble);
    }
  }
  group.broadcast_from_first(step);
  const int64_t chosen = step.item<int64_t>();
  // By its name: another rank may have listed the folder before this checkpoint was there.
  return chosen < 0 ? std::nullopt : std::optional(CheckpointInfo{chosen, run.checkpoint_of(chosen)});
}

int64_t batch_ranks_of(const std::optional<CheckpointInfo>& checkpoint, const RankPlace& place) {
  if (!checkpoint) {
    return place.world_size;
  }
  const Json meta = checkpoint->meta();
  const int64_t ranks = meta.value("batch_ranks", int64_t{0});
  if (ranks < 1) {
    fail(ErrorCode::bad_input,
         "{}: /batch_ranks is missing: a checkpoint of an earlier version, which cannot go on exactly. Start a run "
         "from it (plan: model.init.from).",
         (checkpoint->folder / "meta.json").string());
  }
  return ranks;
}

void require_checkpoint_of_plan(const Json& meta, const std::filesystem::path& folder, const TrainingPlan& plan, const PlanData& data) {
  const std::string where = (folder / "meta.json").string();
  for (const char* name : {"cursor", "guard", "quarantine", "seed", "global_batch", "batch_ranks", "data", "optimizer"}) {
    if (!meta.contains(name)) {
      fail(ErrorCode::bad_input, "{}: /{} is missing, so the training cannot go on exactly from it", where, name);
    }
  }
  const auto phase = static_cast<size_t>(meta.at("cursor").value("phase", int64_t{0}));
  if (phase >= data.phases().size() || data.phases()[phase].global_batch != meta.value("global_batch", int64_t{0}) ||
      meta.value("seed", int64_t{0}) != plan.seed) {
    fail(ErrorCode::bad_input,
         "{} was saved with seed {}, batches of {} and in phase {}: the plan has changed, and its position means nothing in the new one.",
         folder.string(), meta.value("seed", int64_t{0}), meta.value("global_batch", int64_t{0}), phase + 1);
  }
  if (meta.at("data") != data.fingerprint(phase)) {
    fail(ErrorCode::bad_input,
         "{} was saved in the middle of phase \"{}\", and the phase's datasets have other samples now: its position in them means nothing "
         "any more. Put the datasets back as they were, or start a run from the checkpoint (plan: model.init.from).",
         folder.string(), data.phases()[phase].plan->name);
  }
  if (meta.at("optimizer") != plan.optimizer.name) {
    fail(ErrorCode::bad_input, "{} holds the state of the optimiser {}, but the plan names {}", folder.string(),
         meta.at("optimizer").dump(), plan.optimizer.name);
  }
}

}  // namespace darkroom
