// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <future>
#include <vector>

#include "core/checkpoint/checkpoint.h"

namespace darkroom {

/// Copies all tensors of a checkpoint into host memory, so that the originals may change while it is written. Tensors that are views of one
/// memory (the flat buffers of a ParameterArena) are copied together, in one go, and keep their strides.
///
/// Memory for what lies on an accelerator is kept from one copy to the next, since to fetch gigabytes of it from the system takes longer
/// than the copy itself; that for tensors on the CPU goes with the copy. Used from one thread; a copy may be let go on another.
class HostCopier {
 public:
  HostCopier() = default;
  ~HostCopier();
  HostCopier(const HostCopier&) = delete;
  HostCopier& operator=(const HostCopier&) = delete;

  /// Fetches the memory for a copy of `content` on a thread of its own, so that the first copy finds it there. Nothing for tensors on the
  /// CPU.
  void prepare(const CheckpointContent& content);

  /// Returns when the copy is complete. `layout` is not copied.
  CheckpointContent copy(const CheckpointContent& content);

 private:
  class StorageCopies;

  torch::Tensor kept_block(int64_t bytes);
  void copy_from_device(const torch::Tensor& bytes, torch::Tensor& to);

  std::vector<torch::Tensor> blocks_;     ///< uint8; in use where something else holds their memory too
  std::array<torch::Tensor, 2> staging_;  ///< page-locked, uint8
  std::atomic<bool> ending_ = false;
  std::future<void> preparing_;
};

}  // namespace darkroom
