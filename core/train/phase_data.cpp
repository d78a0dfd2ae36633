// SPDX-License-Identifier: Apache-2.0
// The length of a schedule is counted from the mixture that feeds it, never from a dataset's size: that mistake broke the source run's
// cosine.
#include "core/train/phase_data.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

Mixture mixture_of(const TrainingPlan& plan, size_t phase_index, const std::vector<const TrainingSet*>& sets, int64_t global_batch,
                   int64_t world_size) {
  const PhasePlan& phase = plan.phases[phase_index];
  std::vector<MixtureSource> sources;
  for (size_t i = 0; i < sets.size(); ++i) {
    const SourcePlan& source = phase.sources[i];
    if (sets[i]->size() == 0) {
      fail(ErrorCode::bad_input, "/phases/{}/sources/{}/dataset: {} has no training rows with latents", phase_index, i, source.dataset);
    }
    sources.push_back({.rows = sets[i]->size(),
                       .share = source.share,
                       .limit = source.limit ? std::optional<uint64_t>(static_cast<uint64_t>(*source.limit)) : std::nullopt});
  }
  return Mixture(std::move(sources), {.seed = static_cast<uint64_t>(plan.seed),
                                      .phase = static_cast<int64_t>(phase_index),
                                      .global_batch = global_batch,
                                      .world_size = world_size});
}

}  // namespace

const TrainingSet* PlanData::open(const std::string& folder, const std::string& split) {
  std::unique_ptr<TrainingSet>& set = sets_[folder + "\n" + split];
  if (!set) {
    set = std::make_unique<TrainingSet>(folder, split);
  }
  return set.get();
}

BatchPlan share_batch(int64_t global_batch, int64_t per_device, int64_t ranks) {
  if (ranks < 1 || global_batch % ranks != 0) {
    fail(
        ErrorCode::bad_input,
        "A global batch of {} samples cannot be shared out among {} devices without changing it, and with it the schedule and the order of "
        "data; give a number of devices that divides {}.",
        global_batch, ranks, global_batch);
  }
  const int64_t of_rank = global_batch / ranks;
  int64_t micro = std::min(per_device, of_rank);
  while (of_rank % micro != 0) {
    --micro;
  }
  return {.per_device = micro, .accumulation = of_rank / micro};
}

int64_t PlanData::hold_latents(const LatentsPlan& plan) {
  int64_t bytes = 0;
  if (plan.memory != "ram") {
    return bytes;
  }
  for (auto& [name, set] : sets_) {
    if (set->split() == "train") {
      const auto rows = static_cast<int64_t>(set->hold_latents(plan.fraction, plan.threads));
      bytes += rows * set->recipe().numel() * static_cast<int64_t>(sizeof(uint16_t));
    }
  }
  return bytes;
}

std::string PlanData::fingerprint(size_t phase) const {
  std::string all;
  for (const TrainingSet* set : phases_.at(phase).train) {
    all += (all.empty() ? "" : " ") + set->fingerprint();
  }
  return all;
}

PlanData::PlanData(const TrainingPlan& plan, int64_t world_size, int64_t batch_ranks) {
  int64_t epochs_before = 0;
  for (size_t index = 0; index < plan.phases.size(); ++index) {
    const PhasePlan& phase = plan.phases[index];
    std::vector<const TrainingSet*> train;
    std::vector<const TrainingSet*> validation;
    for (const SourcePlan& source : phase.sources) {
      train.push_back(open(source.dataset, "train"));
      const bool has_split = std::filesystem::exists(std::filesystem::path(source.dataset) / "validation");
      validation.push_back(has_split ? open(source.dataset, "validation") : nullptr);
      const TrainingSet& first = phases_.empty() ? *train.front() : *phases_.front().train.front();
      if (train.back()->latent_shape() != first.latent_shape() || train.back()->recipe().vae != first.recipe().vae) {
        fail(ErrorCode::bad_input, "/phases/{}/sources: the latents of {} and {} differ in shape or were made by different VAEs", index,
             source.dataset, first.folder().string());
      }
    }
    const BatchPlan& batch = plan.batch_of(phase);
    const int64_t global_batch = batch.per_device * batch.accumulation * (batch_ranks > 0 ? batch_ranks : world_size);
    const BatchPlan shared = share_batch(global_batch, batch.per_device, world_size);
    Mixture mixture = mixture_of(plan, index, train, global_batch, world_size);
    const int64_t batches = mixture.batches_per_epoch() * phase.epochs;
    phases_.push_back({.plan = &phase,
                       .train = std::move(train),
                       .validation = std::move(validation),
                       .mixture = std::move(mixture),
                       .batches = batches,
                       .global_batch = global_batch,
                       .batch = shared,
                       .epochs_before = epochs_before,
                       .prediction = prediction_from_name(phase.prediction),
                       .lr = lr_schedule_of(phase, batches)});
    epochs_before += phase.epochs;
    total_steps_ += batches;
  }
}

}  // namespace darkroom
