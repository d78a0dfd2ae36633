// SPDX-License-Identifier: Apache-2.0
// The meeting is a file in the run directory and Gloo's device is bound to 127.0.0.1, so a one-machine run opens no port to the network.
#include "core/distributed/process_group.h"

#include <cstdlib>

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "core/base/format.h"
#include "core/distributed/c10d_group.h"

namespace darkroom {
namespace {

class DoneCollective : public Collective {
 public:
  void wait() override {}
};

/// One rank: nobody to talk to.
class LoneGroup : public ProcessGroup {
 public:
  const RankPlace& place() const override { return place_; }
  const char* backend() const override { return "none"; }
  std::unique_ptr<Collective> all_reduce_sum(const torch::Tensor&) override { return std::make_unique<DoneCollective>(); }
  void broadcast_from_first(const torch::Tensor&) override {}
  void barrier() override {}

 private:
  RankPlace place_;
};

std::optional<int> environment_number(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') {
    return std::nullopt;
  }
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end != '\0' || value < 0 || value > 65535) {
    fail(ErrorCode::usage, "The environment variable {} must be a whole number from 0, got \"{}\"", name, text);
  }
  return static_cast<int>(value);
}

}  // namespace

std::optional<RankPlace> rank_place_from_environment() {
  const std::optional<int> rank = environment_number("RANK");
  if (!rank) {
    return std::nullopt;
  }
  RankPlace place{.rank = *rank,
                  .local_rank = environment_number("LOCAL_RANK").value_or(*rank),
                  .world_size = environment_number("WORLD_SIZE").value_or(1)};
  if (place.world_size < 1 || place.rank >= place.world_size) {
    fail(ErrorCode::usage, "RANK is {} but WORLD_SIZE is {}: ranks count from 0 to WORLD_SIZE - 1", place.rank, place.world_size);
  }
  return place;
}

std::unique_ptr<ProcessGroup> join_process_group(const ProcessGroupOptions& options) {
  if (options.place.world_size == 1) {
    return std::make_unique<LoneGroup>();
  }
  try {
    auto store = c10::make_intrusive<c10d::FileStore>(options.store_file.string(), options.place.world_size);
    store->setTimeout(options.timeout);
    if (options.device.is_cuda()) {
      return join_nccl_group(options, store);
    }
    auto gloo = c10d::ProcessGroupGloo::Options::create(options.timeout);
    gloo->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
    gloo->threads = 1;
    auto backend = c10::make_intrusive<c10d::ProcessGroupGloo>(store, options.place.rank, options.place.world_size, gloo);
    return std::make_unique<C10dGroup>(options.place, "gloo", std::move(store), std::move(backend));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail_collective(options.place, "the meeting of the ranks", error);
  }
}

}  // namespace darkroom
