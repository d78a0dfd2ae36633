// SPDX-License-Identifier: Apache-2.0
// What one optimiser step takes: by arithmetic on shapes, and by measurement.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <memory>

#include "core/nn/unet_config.h"
#include "core/plan/training_plan.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// The step of one rank. Only the micro-batch decides about memory: accumulation repeats it.
struct StepShape {
  int64_t batch = 1;                         ///< images of a micro-batch
  std::array<int64_t, 3> latent{4, 64, 64};  ///< C, H, W
  torch::ScalarType dtype = torch::kFloat32;
  ConvolutionMemory memory = ConvolutionMemory::channels_last;
  bool recompute = false;
  OptimizerPlan optimizer = {};
  size_t emas = 1;
};

/// Bytes are exact for what LibTorch's allocator hands out on a CPU; on a GPU the kernels differ by their scratch memory.
struct StepCost {
  int64_t weight_bytes = 0;
  int64_t working_bytes = 0;  ///< the bf16 copy; 0 in fp32
  int64_t gradient_bytes = 0;
  int64_t optimizer_bytes = 0;
  int64_t ema_bytes = 0;
  int64_t activation_bytes = 0;  ///< the most that a micro-step holds beside them: inputs, what autograd keeps, gradients under way
  double flops = 0;              ///< of a micro-step, forward and backward (and the second forward of a recomputation)

  int64_t buffer_bytes() const { return weight_bytes + working_bytes + gradient_bytes + optimizer_bytes + ema_bytes; }
  int64_t total_bytes() const { return buffer_bytes() + activation_bytes; }
};

/// Runs the step on shapes alone: no weights, no memory, well under a second even for Stable Diffusion 1.5. One call at a time in a
/// process. throws  std::invalid_argument for a shape that the model cannot take
StepCost predict_step(const UNetConfig& config, const StepShape& shape);

/// Counts the bytes of CPU tensors that this thread (and autograd on its behalf) makes and frees, from its construction on.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  int64_t live_bytes() const;
  /// The most since the start or the last start_peak().
  int64_t peak_bytes() const;
  void start_peak();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

struct StepMeasurement {
  int64_t peak_bytes = 0;   ///< all tensors of the step and the buffers; on a GPU what its allocator took from the device
  double micro_step_s = 0;  ///< forward and backward
  double update_s = 0;      ///< norm, clipping, optimiser, EMA
};

/// Runs real steps on random numbers: one to warm up, then `steps`, of which the fastest counts. What making the weights took is not part
/// of the peak. throws  what the device throws when it runs out of memory
StepMeasurement measure_step(const UNetConfig& config, const StepShape& shape, torch::Device device, int steps = 2);

}  // namespace darkroom
