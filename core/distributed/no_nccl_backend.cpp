// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/distributed/c10d_group.h"

namespace darkroom {

std::unique_ptr<ProcessGroup> join_nccl_group(const ProcessGroupOptions&, const c10::intrusive_ptr<c10d::Store>&) {
  fail(ErrorCode::failed, "This engine was built without NCCL, so it cannot train on several CUDA devices. Build it with the cuda preset.");
}

}  // namespace darkroom
