// SPDX-License-Identifier: Apache-2.0
// On one machine the meeting is a file in the run directory and Gloo's device is bound to 127.0.0.1: no port is open to the network.
// Several machines meet at a TCP store, whose server is torchrun's agent or rank 0.
#include "core/distributed/process_group.h"

#include <cstdlib>

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

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

c10::intrusive_ptr<c10d::Store> store_of(const ProcessGroupOptions& options) {
  if (!options.meeting) {
    return c10::make_intrusive<c10d::FileStore>(options.store_file.string(), options.place.world_size);
  }
  c10d::TCPStoreOptions tcp;
  tcp.port = options.meeting->port;
  tcp.isServer = !options.meeting->served && options.place.rank == 0;
  tcp.waitWorkers = false;
  tcp.timeout = options.timeout;
  return c10::make_intrusive<c10d::PrefixStore>(options.meeting->prefix,
                                                c10::make_intrusive<c10d::TCPStore>(options.meeting->address, tcp));
}

std::shared_ptr<::gloo::transport::Device> device_of(const ProcessGroupOptions& options) {
  if (!options.meeting) {
    return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  }
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME"); interface != nullptr && *interface != '\0') {
    return c10d::ProcessGroupGloo::createDeviceForInterface(interface);
  }
  return c10d::ProcessGroupGloo::createDeviceForHostname(local_address_towards(options.meeting->address, options.meeting->port));
}

}  // namespace

std::unique_ptr<ProcessGroup> join_process_group(const ProcessGroupOptions& options) {
  if (options.place.world_size == 1) {
    return std::make_unique<LoneGroup>();
  }
  try {
    c10::intrusive_ptr<c10d::Store> store = store_of(options);
    store->setTimeout(options.timeout);
    if (options.device.is_cuda()) {
      return join_nccl_group(options, store);
    }
    auto gloo = c10d::ProcessGroupGloo::Options::create(options.timeout);
    gloo->devices.push_back(device_of(options));
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
