// SPDX-License-Identifier: Apache-2.0
#include "core/distributed/c10d_group.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

class C10dCollective : public Collective {
 public:
  C10dCollective(RankPlace place, const char* name, c10::intrusive_ptr<c10d::Work> work)
      : place_(place), name_(name), work_(std::move(work)) {}

  void wait() override {
    try {
      work_->wait();
    } catch (const std::exception& error) {
      fail_collective(place_, name_, error);
    }
  }

 private:
  RankPlace place_;
  const char* name_;
  c10::intrusive_ptr<c10d::Work> work_;
};

}  // namespace

void fail_collective(const RankPlace& place, const char* collective, const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  fail(ErrorCode::peer_died, "Rank {} of {} lost the others during {}: {}", place.rank, place.world_size, collective,
       torch_error != nullptr ? torch_error->what_without_backtrace() : error.what());
}

C10dGroup::C10dGroup(RankPlace place, const char* backend_name, c10::intrusive_ptr<c10d::Store> store,
                     c10::intrusive_ptr<c10d::Backend> backend)
    : place_(place), backend_name_(backend_name), store_(std::move(store)), backend_(std::move(backend)) {}

std::unique_ptr<Collective> C10dGroup::all_reduce_sum(const torch::Tensor& tensor) {
  try {
    std::vector<at::Tensor> tensors{tensor};
    c10d::AllreduceOptions options;
    options.reduceOp = c10d::ReduceOp::SUM;
    return std::make_unique<C10dCollective>(place_, "all-reduce", backend_->allreduce(tensors, options));
  } catch (const std::exception& error) {
    fail_collective(place_, "all-reduce", error);
  }
}

void C10dGroup::broadcast_from_first(const torch::Tensor& tensor) {
  try {
    std::vector<at::Tensor> tensors{tensor};
    backend_->broadcast(tensors)->wait();
  } catch (const std::exception& error) {
    fail_collective(place_, "broadcast", error);
  }
}

void C10dGroup::barrier() {
  try {
    backend_->barrier()->wait();
  } catch (const std::exception& error) {
    fail_collective(place_, "barrier", error);
  }
}

}  // namespace darkroom
