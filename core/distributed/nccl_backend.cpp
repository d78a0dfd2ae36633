// SPDX-License-Identifier: Apache-2.0
#include <c10/cuda/CUDAGuard.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "core/distributed/c10d_group.h"

namespace darkroom {

std::unique_ptr<ProcessGroup> join_nccl_group(const ProcessGroupOptions& options, const c10::intrusive_ptr<c10d::Store>& store) {
  const c10::cuda::CUDAGuard guard(options.device);
  auto nccl = c10d::ProcessGroupNCCL::Options::create();
  nccl->timeout = options.timeout;
  auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, options.place.rank, options.place.world_size, nccl);
  backend->setBoundDeviceId(options.device);
  return std::make_unique<C10dGroup>(options.place, "nccl", store, std::move(backend));
}

}  // namespace darkroom
