// SPDX-License-Identifier: Apache-2.0
#include "core/train/resume_point.h"

#include "core/base/format.h"
#include "core/checkpoint/checkpoint.h"

namespace darkroom {

std::optional<CheckpointInfo> choose_checkpoint(const RunDirectory& run, ProcessGroup& group, torch::Device device) {
  torch::Tensor step = torch::full({1}, -1, torch::TensorOptions().dtype(torch::kInt64).device(device));
  std::vector<CheckpointInfo> all = run.checkpoints();
  if (group.place().rank == 0) {
    std::string trouble;
    for (auto candidate = all.rbegin(); candidate != all.rend(); ++candidate) {
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
  for (CheckpointInfo& info : all) {
    if (info.step == chosen) {
      return info;
    }
  }
  return std::nullopt;
}

void require_checkpoint_of_plan(const Json& meta, const std::filesystem::path& folder, const TrainingPlan& plan, const PlanData& data,
                                const RankPlace& place) {
  const int64_t world_size = meta.value("world_size", int64_t{0});
  if (world_size != place.world_size) {
    fail(ErrorCode::bad_input,
         "{} was saved by a run on {} devices; give as many with --devices (now {}), else the order of data would change.", folder.string(),
         world_size, place.world_size);
  }
  const auto phase = static_cast<size_t>(meta.at("cursor").value("phase", int64_t{0}));
  if (phase >= data.phases().size() || data.phases()[phase].global_batch != meta.value("global_batch", int64_t{0}) ||
      meta.value("seed", int64_t{0}) != plan.seed) {
    fail(ErrorCode::bad_input,
         "{} was saved with seed {}, batches of {} and in phase {}: the plan has changed, and its position means nothing in the new one.",
         folder.string(), meta.value("seed", int64_t{0}), meta.value("global_batch", int64_t{0}), phase + 1);
  }
}

}  // namespace darkroom
