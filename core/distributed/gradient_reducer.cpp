// SPDX-License-Identifier: Apache-2.0
// c10d's own Reducer rebuilds its buckets after the first step in the order of readiness, so a resumed run of three or more ranks sums in
// another order. Here the slices are fixed by the layout, and are launched in one order whatever becomes ready first.
#include "core/distributed/gradient_reducer.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include "core/base/format.h"

namespace darkroom {

std::vector<GradientBucket> gradient_buckets(const ParameterLayout& layout, int64_t bucket_bytes) {
  if (bucket_bytes < 1) {
    throw std::invalid_argument(format("[gradient_buckets] bucket_bytes must be positive, got {}", bucket_bytes));
  }
  const int64_t limit = std::max<int64_t>(bucket_bytes / static_cast<int64_t>(sizeof(float)), 1);
  std::vector<GradientBucket> buckets;
  int64_t end = layout.flat_size();
  for (int slot = layout.size() - 1; slot >= 0; --slot) {
    const int64_t begin = layout.slot(slot).offset;
    if (!buckets.empty() && buckets.back().end - begin <= limit) {
      buckets.back().first_slot = slot;
      buckets.back().begin = begin;
    } else {
      buckets.push_back({slot, slot, begin, end});
    }
    end = begin;
  }
  return buckets;
}

/// Runs on the thread of the backward pass after a leaf's gradient was accumulated.
class GradientReducer::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(GradientReducer& reducer, int slot) : reducer_(reducer), slot_(slot) {}

  void operator()(const torch::autograd::Variable& leaf) override {
    if (reducer_.arena_.options().working_dtype != torch::kFloat32) {
      const torch::NoGradGuard no_grad;
      reducer_.arena_.view(ArenaBuffer::gradient, slot_).add_(leaf.grad());
      leaf.mutable_grad().reset();
    }
    reducer_.arrived(slot_);
  }

 private:
  GradientReducer& reducer_;
  int slot_;
};

GradientReducer::GradientReducer(ParameterArena& arena, ProcessGroup& group, int64_t bucket_bytes)
    : arena_(arena), group_(group), buckets_(gradient_buckets(arena.layout(), bucket_bytes)) {
  const int slots = arena.layout().size();
  bucket_of_slot_.resize(static_cast<size_t>(slots));
  missing_.resize(buckets_.size());
  seen_.resize(static_cast<size_t>(slots));
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    for (int slot = buckets_[bucket].first_slot; slot <= buckets_[bucket].last_slot; ++slot) {
      bucket_of_slot_[static_cast<size_t>(slot)] = static_cast<int>(bucket);
    }
  }
  for (int slot = 0; slot < slots; ++slot) {
    torch::autograd::impl::set_post_acc_grad_hooks(arena.leaves()[static_cast<size_t>(slot)], std::make_unique<Hook>(*this, slot));
  }
}

GradientReducer::~GradientReducer() {
  for (const torch::Tensor& leaf : arena_.leaves()) {
    torch::autograd::impl::set_post_acc_grad_hooks(leaf, nullptr);
  }
}

void GradientReducer::start() {
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    missing_[bucket] = buckets_[bucket].last_slot - buckets_[bucket].first_slot + 1;
  }
  seen_.assign(seen_.size(), false);
  next_ = 0;
  launched_during_backward_ = 0;
  flying_.clear();
  reducing_ = true;
}

void GradientReducer::arrived(int slot) {
  const auto index = static_cast<size_t>(slot);
  if (!reducing_ || seen_[index]) {
    return;
  }
  seen_[index] = true;
  --missing_[static_cast<size_t>(bucket_of_slot_[index])];
  launch_ready();
}

void GradientReducer::launch_ready() {
  if (group_.place().world_size == 1) {
    return;
  }
  while (next_ < buckets_.size() && missing_[next_] == 0) {
    const GradientBucket& bucket = buckets_[next_];
    flying_.push_back(group_.all_reduce_sum(arena_.flat(ArenaBuffer::gradient).slice(0, bucket.begin, bucket.end)));
    ++next_;
  }
}

void GradientReducer::finish() {
  if (!reducing_) {
    throw std::invalid_argument("[GradientReducer::finish] called without start");
  }
  reducing_ = false;
  launched_during_backward_ = static_cast<int64_t>(flying_.size());
  std::fill(missing_.begin(), missing_.end(), 0);
  launch_ready();
  for (const std::unique_ptr<Collective>& collective : flying_) {
    collective->wait();
  }
  flying_.clear();
}

}  // namespace darkroom
