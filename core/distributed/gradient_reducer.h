// SPDX-License-Identifier: Apache-2.0
// Gradients of all ranks, summed while the backward pass still runs.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/distributed/process_group.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// One all-reduce message: a slice of the gradient buffer that holds whole slots.
struct GradientBucket {
  int first_slot = 0;  ///< lowest slot index in it
  int last_slot = 0;   ///< highest, included
  int64_t begin = 0;   ///< elements of the flat buffer
  int64_t end = 0;
};

/// Slices of the flat gradient in reverse layout order (the order in which a backward pass makes gradients), each filled up to
/// `bucket_bytes`; a larger slot is a bucket by itself. A function of the layout alone, so a resumed run sums in the same order.
/// throws  std::invalid_argument: bucket_bytes < 1
std::vector<GradientBucket> gradient_buckets(const ParameterLayout& layout, int64_t bucket_bytes);

/// Watches the arena's leaves and reduces each bucket as soon as its last gradient has arrived, in the fixed order of the buckets.
///
/// The result is the SUM over the ranks: whoever computes the loss divides it by the world size. In a bf16 arena the hook also adds each
/// arriving gradient to the fp32 buffer, so a reducer is needed with one rank too. One per arena; not thread-safe.
class GradientReducer {
 public:
  static constexpr int64_t default_bucket_bytes = 4 << 20;

  GradientReducer(ParameterArena& arena, ProcessGroup& group, int64_t bucket_bytes = default_bucket_bytes);
  ~GradientReducer();
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  /// Call before the backward pass of the last micro-step: only that one is reduced.
  void start();
  /// Call after it: launches buckets of which a leaf took no part, then waits for all. throws Error{peer_died}
  void finish();

  /// Messages that were under way before the backward pass returned, in the last step.
  int64_t launched_during_backward() const { return launched_during_backward_; }
  const std::vector<GradientBucket>& buckets() const { return buckets_; }

 private:
  class Hook;
  void arrived(int slot);
  void launch_ready();

  ParameterArena& arena_;
  ProcessGroup& group_;
  std::vector<GradientBucket> buckets_;
  std::vector<int> bucket_of_slot_;
  std::vector<int> missing_;  ///< gradients that a bucket still waits for
  std::vector<bool> seen_;
  size_t next_ = 0;  ///< first bucket that is not launched
  bool reducing_ = false;
  int64_t launched_during_backward_ = 0;
  std::vector<std::unique_ptr<Collective>> flying_;
};

}  // namespace darkroom
