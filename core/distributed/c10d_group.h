// SPDX-License-Identifier: Apache-2.0
// A ProcessGroup over one c10d backend. For the backends' own files.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/distributed/process_group.h"

namespace darkroom {

class C10dGroup : public ProcessGroup {
 public:
  /// `store` is kept: the backend reads it when it makes connections.
  C10dGroup(RankPlace place, const char* backend_name, c10::intrusive_ptr<c10d::Store> store, c10::intrusive_ptr<c10d::Backend> backend);

  const RankPlace& place() const override { return place_; }
  const char* backend() const override { return backend_name_; }
  std::unique_ptr<Collective> all_reduce_sum(const torch::Tensor& tensor) override;
  void broadcast_from_first(const torch::Tensor& tensor) override;
  void barrier() override;

 private:
  RankPlace place_;
  const char* backend_name_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::Backend> backend_;
};

/// Error{peer_died} with what a backend said, in a sentence that names the rank and the collective.
[[noreturn]] void fail_collective(const RankPlace& place, const char* collective, const std::exception& error);

/// NCCL for one CUDA device. throws Error{failed} in a build without CUDA
std::unique_ptr<ProcessGroup> join_nccl_group(const ProcessGroupOptions& options, const c10::intrusive_ptr<c10d::Store>& store);

}  // namespace darkroom
