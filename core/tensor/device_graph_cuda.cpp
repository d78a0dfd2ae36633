// SPDX-License-Identifier: Apache-2.0
// Recorded on a stream of its own, since the default stream cannot be recorded; in thread-local mode, so that other threads of the process
// may go on using the device meanwhile.
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>

#include "core/tensor/device_graph.h"

namespace darkroom {
namespace {

class CudaGraph final : public DeviceGraph {
 public:
  CudaGraph(torch::Device device, const std::function<void()>& work) : device_(device) {
    const c10::cuda::CUDAGuard guard(device_);
    const c10::cuda::CUDAStream outer = c10::cuda::getCurrentCUDAStream();
    const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
    // What the work needed when it ran is given back first: the graph takes as much again.
    c10::cuda::CUDACachingAllocator::emptyCache();
    wait_for(outer, stream);
    {
      const c10::cuda::CUDAStreamGuard on_stream(stream);
      graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
      try {
        work();
      } catch (...) {
        end_failed_capture();
        throw;
      }
      graph_.capture_end();
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

  // The stream stays in capture until it is ended; that the graph is no good is known.
  void end_failed_capture() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {
      return;
    }
  }

  torch::Device device_;
  at::cuda::CUDAGraph graph_;
};

}  // namespace

bool has_device_graphs(torch::Device device) { return device.is_cuda(); }

std::unique_ptr<DeviceGraph> record_device_graph(torch::Device device, const std::function<void()>& work) {
  return std::make_unique<CudaGraph>(device, work);
}

}  // namespace darkroom
