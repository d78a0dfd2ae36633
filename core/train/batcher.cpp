// SPDX-License-Identifier: Apache-2.0
// Latents are memory-mapped fp16; a batch is copied out of them by the prefetch thread, which also draws its noise.
#include "core/train/batcher.h"

#include <cstring>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/sample_draws.h"

namespace darkroom {
namespace {

constexpr int64_t tokens = ClipTokenizer::kLength;

struct EmptyCaption {
  std::array<int32_t, tokens> ids{};
  std::array<int32_t, tokens> mask{};
  EmptyCaption() { ClipTokenizer::builtin().encode_into("", ids.data(), mask.data()); }
};

void copy_tokens(std::span<const int32_t> from, int64_t* to) {
  for (const int32_t id : from) {
    *to++ = id;
  }
}

torch::Tensor pinned(torch::Tensor tensor, bool pin) { return pin ? tensor.pin_memory() : tensor; }

MicroBatch make_micro_batch(const std::vector<const TrainingSet*>& sets, std::span<const MixtureSample> samples,
                            const BatcherOptions& options, int64_t& broken) {
  static const EmptyCaption empty;
  const std::array<int64_t, 3> shape = sets.front()->latent_shape();
  const int64_t numel = shape[0] * shape[1] * shape[2];
  const auto count = static_cast<int64_t>(samples.size());
  torch::Tensor half_BCHW = torch::empty({count, shape[0], shape[1], shape[2]}, torch::kHalf);
  MicroBatch batch{.eps_BCHW = torch::empty({count, shape[0], shape[1], shape[2]}, torch::kFloat32),
                   .t_B = torch::empty({count}, torch::kInt64),
                   .source_B = torch::empty({count}, torch::kInt64),
                   .ids_BL = torch::empty({count, tokens}, torch::kInt64),
                   .mask_BL = torch::empty({count, tokens}, torch::kInt64)};
  auto* half = reinterpret_cast<uint16_t*>(half_BCHW.data_ptr<at::Half>());
  auto* eps = batch.eps_BCHW.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    const MixtureSample& sample = samples[static_cast<size_t>(i)];
    const TrainingSet& set = *sets.at(sample.source);
    if (set.latent_shape() != shape) {
      throw std::invalid_argument(format("[make_step_batch] latents of {} are [{}], those of {} [{}]", set.folder().string(),
                                         fmt::join(set.latent_shape(), ","), sets.front()->folder().string(), fmt::join(shape, ",")));
    }
    const ChosenRow chosen = choose_row(set, sample.row, options.quarantine);
    broken += static_cast<int64_t>(chosen.newly_broken.size());
    std::memcpy(half + i * numel, set.latent(chosen.row).data(), static_cast<size_t>(numel) * sizeof(uint16_t));
    const SampleKey key{.seed = options.seed, .phase = options.phase, .order = sample.order};
    std::memcpy(eps + i * numel, draw_noise(key, numel).data_ptr<float>(), static_cast<size_t>(numel) * sizeof(float));
    if (options.offset_noise > 0) {
      batch.eps_BCHW[i].add_(draw_offset(key, shape[0]).view({shape[0], 1, 1}), options.offset_noise);
    }
    batch.t_B.data_ptr<int64_t>()[i] = draw_timestep(key, options.train_steps, options.timesteps);
    batch.source_B.data_ptr<int64_t>()[i] = sample.source;
    const bool drop = draw_caption_dropout(key, options.cfg_dropout);
    copy_tokens(drop ? std::span<const int32_t>(empty.ids) : set.ids(chosen.row), batch.ids_BL.data_ptr<int64_t>() + i * tokens);
    copy_tokens(drop ? std::span<const int32_t>(empty.mask) : set.mask(chosen.row), batch.mask_BL.data_ptr<int64_t>() + i * tokens);
  }
  batch.x0_BCHW = pinned(half_BCHW.to(torch::kFloat32), options.pin_memory);
  batch.eps_BCHW = pinned(batch.eps_BCHW, options.pin_memory);
  batch.t_B = pinned(batch.t_B, options.pin_memory);
  batch.source_B = pinned(batch.source_B, options.pin_memory);
  return batch;
}

}  // namespace

StepBatch make_step_batch(const std::vector<const TrainingSet*>& sets, const Mixture& mixture, const BatcherOptions& options,
                          int64_t batch) {
  const torch::NoGradGuard no_grad;
  const std::vector<MixtureSample> samples = mixture.samples(mixture.after(batch), options.rank);
  if (options.micro_steps < 1 || samples.size() % static_cast<size_t>(options.micro_steps) != 0) {
    throw std::invalid_argument(
        format("[make_step_batch] {} samples cannot be cut into {} micro-steps", samples.size(), options.micro_steps));
  }
  const size_t each = samples.size() / static_cast<size_t>(options.micro_steps);
  StepBatch made{.batch = batch};
  for (size_t begin = 0; begin < samples.size(); begin += each) {
    made.micro.push_back(make_micro_batch(sets, std::span(samples).subspan(begin, each), options, made.broken));
  }
  return made;
}

Batcher::Batcher(std::vector<const TrainingSet*> sets, Mixture mixture, const BatcherOptions& options, int64_t first, int64_t end)
    : sets_(std::move(sets)),
      mixture_(std::move(mixture)),
      options_(options),
      next_to_make_(first),
      next_to_give_(first),
      end_(end),
      thread_([this] { work(); }) {}

Batcher::~Batcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Batcher::work() {
  try {
    for (; next_to_make_ < end_; ++next_to_make_) {
      StepBatch made = make_step_batch(sets_, mixture_, options_, next_to_make_);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || static_cast<int64_t>(ready_.size()) < options_.prefetch; });
      if (stopping_) {
        return;
      }
      ready_.push_back(std::move(made));
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

StepBatch Batcher::next() {
  const double started_s = monotonic_seconds();
  std::unique_lock lock(mutex_);
  if (next_to_give_ >= end_) {
    throw std::invalid_argument(format("[Batcher::next] there are no batches past {}", end_));
  }
  ++next_to_give_;
  changed_.wait(lock, [this] { return failure_ || !ready_.empty(); });
  if (ready_.empty()) {
    std::rethrow_exception(failure_);
  }
  StepBatch batch = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  waited_s_ = monotonic_seconds() - started_s;
  return batch;
}

}  // namespace darkroom
