// SPDX-License-Identifier: Apache-2.0
// Recorded on a stream of its own, since the default stream cannot be recorded; in thread-local mode, so that other threads of the process
// may go on using the device meanwhile.
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>

#include <map>
#include <mutex>

#include "core/tensor/device_graph.h"

namespace darkroom {
namespace {

// One recording at a time: they share a device's stream.
std::mutex recording;

// The same stream for all recordings of the device: cuBLAS keeps a workspace for ever for each stream that it has been used on.
c10::cuda::CUDAStream recording_stream(c10::DeviceIndex device) {
  static std::map<c10::DeviceIndex, c10::cuda::CUDAStream> streams;
  auto found = streams.find(device);
  if (found == streams.end()) {
    found = streams.emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first;
  }
  return found->second;
}

// ATen's graph, for work that may turn out not to be recordable: its capture_end() stops at CUDA's refusal, and the allocators, which
// are told after that, would go on asking a graph that is gone where memory belongs.
class Capture final : public at::cuda::CUDAGraph {
 public:
  void record(const std::function<void()>& work) {
    capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
      capture_end();
    } catch (...) {
      if (!capture_ended_) {
        give_up();
      }
      throw;
    }
  }

 private:
  // What capture_end() and reset() do, whatever state the stream is in.
  void give_up() {
    cudaGraph_t half = nullptr;
    if (cudaStreamEndCapture(capture_stream_, &half) == cudaSuccess && half != nullptr) {
      cudaGraphDestroy(half);
    }
    cudaGetLastError();  // that the graph is no good is known
    for (const auto& [generator, increment] : captured_generator_states_) {
      generator->capturing_ = false;
    }
    c10::cuda::CUDACachingAllocator::endAllocateToPool(capture_dev_, mempool_id_);
    c10::cuda::CUDACachingAllocator::releasePool(capture_dev_, mempool_id_);
    at::HostAllocator* const host = at::getHostAllocator(at::kCUDA);
    host->end_allocate_to_pool(mempool_id_);
    host->release_pool(mempool_id_);
  }
};

class CudaGraph final : public DeviceGraph {
 public:
  CudaGraph(torch::Device device, const std::function<void()>& work) : device_(device) {
    const std::lock_guard lock(recording);
    const c10::cuda::CUDAGuard guard(device_);
    const c10::cuda::CUDAStream outer = c10::cuda::getCurrentCUDAStream();
    const c10::cuda::CUDAStream stream = recording_stream(outer.device_index());
    // What the work needed when it ran is given back first: the graph takes as much again.
    c10::cuda::CUDACachingAllocator::emptyCache();
    wait_for(outer, stream);
    {
      const c10::cuda::CUDAStreamGuard on_stream(stream);
      graph_.record(work);
    }
    wait_for(stream, outer);
  }

  void replay() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_.replay();
  }

 private:
  // `later` goes on when `earlier` has come to this point.
  static void wait_for(const c10::cuda::CUDAStream& earlier, const c10::cuda::CUDAStream& later) {
    at::cuda::CUDAEvent reached;
    reached.record(earlier);
    reached.block(later);
  }

  torch::Device device_;
  Capture graph_;
};

}  // namespace

bool has_device_graphs(torch::Device device) { return device.is_cuda(); }

std::unique_ptr<DeviceGraph> record_device_graph(torch::Device device, const std::function<void()>& work) {
  return std::make_unique<CudaGraph>(device, work);
}

}  // namespace darkroom
