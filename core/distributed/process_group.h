// SPDX-License-Identifier: Apache-2.0
// The ranks of one training run, and what they tell each other.
#pragma once

#include <torch/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/distributed/rank_environment.h"

namespace darkroom {

/// A collective that is under way.
class Collective {
 public:
  virtual ~Collective() = default;
  /// Blocks until the result is there (CUDA: until the current stream waits for it).
  /// throws  Error{peer_died} naming the collective when another rank is gone or the time is up
  virtual void wait() = 0;
};

/// The group. Every rank calls the same collectives in the same order, from one thread.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual const RankPlace& place() const = 0;
  virtual const char* backend() const = 0;  ///< "none", "gloo" or "nccl"
  /// Sums `tensor` over the ranks, in place. The tensor must live until wait() returned. With one rank nothing happens.
  virtual std::unique_ptr<Collective> all_reduce_sum(const torch::Tensor& tensor) = 0;
  /// Copies rank 0's `tensor` to all.
  virtual void broadcast_from_first(const torch::Tensor& tensor) = 0;
  /// Returns when all ranks have called it.
  virtual void barrier() = 0;
};

struct ProcessGroupOptions {
  RankPlace place;
  torch::Device device = torch::kCPU;                             ///< cpu: Gloo; cuda: NCCL
  std::filesystem::path store_file;                               ///< of the file store, the same for all ranks, fresh for each launch
  std::optional<MeetingPoint> meeting;                            ///< given: the ranks meet there instead
  std::chrono::milliseconds timeout = std::chrono::seconds(120);  ///< of one collective and of the meeting
};

/// Meets the other ranks. Over a file store Gloo's sockets are bound to 127.0.0.1 and nothing listens elsewhere; with a meeting point they
/// are bound to the address from which that point is reached, or to the interface that GLOO_SOCKET_IFNAME names. Alone it needs no store.
/// throws  Error{peer_died} when not all ranks come in time, Error{failed} where the build has no backend for the device
std::unique_ptr<ProcessGroup> join_process_group(const ProcessGroupOptions& options);

}  // namespace darkroom
