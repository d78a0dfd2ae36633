// SPDX-License-Identifier: Apache-2.0
// Both ways run train_step itself, so that neither can forget an operator.
#include "core/train/step_cost.h"

#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>

#include "core/base/progress.h"
#include "core/diffusion/noise_schedule.h"
#include "core/distributed/gradient_reducer.h"
#include "core/kernels/grad_norm.h"
#include "core/nn/unet.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/optimizer.h"
#include "core/train/shape_only_run.h"
#include "core/train/train_step.h"

namespace darkroom {
namespace {

/// Buffers and inputs of a step on a device, which may be `meta`.
class StepBench {
 public:
  StepBench(const UNetConfig& config, const StepShape& shape, torch::Device device)
      : shape_(shape),
        device_(device),
        unet_(make_unet(config)),
        arena_(unet_->layout(), {device, shape.dtype, shape.memory, moments_of(shape.optimizer), shape.emas}),
        group_(join_process_group({})),
        reducer_(arena_, *group_),
        schedule_(NoiseSchedule::scaled_linear(0.00085, 0.012, 1000, device)) {
    if (!device.is_meta()) {
      arena_.initialize(0);
      optimizer_ = make_optimizer(shape.optimizer, 1.0, arena_);
    }
  }

  void micro_step() {
    const auto fp32 = torch::TensorOptions().dtype(torch::kFloat32).device(device_);
    const std::vector<int64_t> sizes{shape_.batch, shape_.latent[0], shape_.latent[1], shape_.latent[2]};
    const bool frozen_half = device_.is_cuda();
    const TrainInputs inputs{.x0_BCHW = values(sizes, fp32),
                             .eps_BCHW = values(sizes, fp32),
                             .t_B = torch::zeros({shape_.batch}, fp32.dtype(torch::kInt64)),
                             .context_BLD = values({shape_.batch, ClipTokenizer::kLength, unet_->context_dim()},
                                                   frozen_half ? fp32.dtype(torch::kBFloat16) : fp32)};
    reducer_.start();
    train_step(*unet_, arena_.leaves(), inputs, schedule_,
               {.min_snr_gamma = 5,
                .dtype = shape_.dtype,
                .channels_last = shape_.memory == ConvolutionMemory::channels_last,
                .run = {.recompute = shape_.recompute}});
    reducer_.finish();
  }

  void update() {
    const torch::Tensor norm = grad_norm(arena_.flat(ArenaBuffer::gradient));
    optimizer_->step({.lr = 1e-6, .update = 1, .ema_decays = std::vector<double>(shape_.emas, 0.9999)}, norm);
    [[maybe_unused]] const double waited = norm.item<double>();
    if (device_.is_cuda()) {
      [[maybe_unused]] const float done = arena_.flat(ArenaBuffer::master)[0].item<float>();
    }
  }

  const ParameterLayout& layout() const { return unet_->layout(); }

 private:
  static torch::Tensor values(const std::vector<int64_t>& sizes, const torch::TensorOptions& options) {
    return options.device().is_meta() ? torch::empty(sizes, options) : torch::rand(sizes, options);
  }

  StepShape shape_;
  torch::Device device_;
  std::unique_ptr<UNetModel> unet_;
  ParameterArena arena_;
  std::unique_ptr<ProcessGroup> group_;
  GradientReducer reducer_;
  NoiseSchedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;  ///< not for shapes alone
};

c10::DeviceIndex index_of(torch::Device device) { return device.has_index() ? device.index() : c10::DeviceIndex{0}; }

StepMeasurement timed_steps(StepBench& bench, int steps) {
  StepMeasurement made{.micro_step_s = 1e300, .update_s = 1e300};
  for (int i = 0; i <= steps; ++i) {
    const double started_s = monotonic_seconds();
    bench.micro_step();
    bench.update();
    const double whole_s = monotonic_seconds() - started_s;
    const double update_started_s = monotonic_seconds();
    bench.update();
    const double update_s = monotonic_seconds() - update_started_s;
    if (i > 0) {
      made.update_s = std::min(made.update_s, update_s);
      made.micro_step_s = std::min(made.micro_step_s, std::max(whole_s - update_s, 0.0));
    }
  }
  return made;
}

}  // namespace

StepCost predict_step(const UNetConfig& config, const StepShape& shape) {
  ShapeOnlyRun run;
  StepBench bench(config, shape, torch::kMeta);
  const int64_t before = run.live_bytes();
  run.start_peak();
  bench.micro_step();
  const int64_t flat = bench.layout().flat_size();
  const int64_t fp32 = flat * 4;
  return {.weight_bytes = fp32,
          .working_bytes = shape.dtype == torch::kBFloat16 ? flat * 2 : 0,
          .gradient_bytes = fp32,
          .optimizer_bytes = optimizer_state_bytes(shape.optimizer, bench.layout()),
          .ema_bytes = fp32 * static_cast<int64_t>(shape.emas),
          .activation_bytes = run.peak_bytes() - before,
          .flops = run.flops()};
}

struct AllocationCounter::Implementation {
  struct Reporter : c10::MemoryReportingInfoBase {
    void reportMemoryUsage(void* /*block*/, int64_t bytes, size_t /*allocated*/, size_t /*reserved*/, c10::Device device) override {
      if (device.is_cpu()) {
        live += bytes;
        peak = std::max(peak, live);
      }
    }
    bool memoryProfilingEnabled() const override { return true; }
    int64_t live = 0;
    int64_t peak = 0;
  };

  std::shared_ptr<Reporter> reporter = std::make_shared<Reporter>();
  c10::DebugInfoGuard guard{c10::DebugInfoKind::PROFILER_STATE, reporter};
};

AllocationCounter::AllocationCounter() : implementation_(std::make_unique<Implementation>()) {}
AllocationCounter::~AllocationCounter() = default;
int64_t AllocationCounter::live_bytes() const { return implementation_->reporter->live; }
int64_t AllocationCounter::peak_bytes() const { return implementation_->reporter->peak; }
void AllocationCounter::start_peak() { implementation_->reporter->peak = implementation_->reporter->live; }

StepMeasurement measure_step(const UNetConfig& config, const StepShape& shape, torch::Device device, int steps) {
  if (device.is_cpu()) {
    AllocationCounter counter;
    StepBench bench(config, shape, device);
    counter.start_peak();
    StepMeasurement made = timed_steps(bench, steps);
    made.peak_bytes = counter.peak_bytes();
    return made;
  }
  c10::DeviceAllocator* allocator = c10::getDeviceAllocator(device.type());
  StepBench bench(config, shape, device);
  allocator->emptyCache();
  allocator->resetPeakStats(index_of(device));
  StepMeasurement made = timed_steps(bench, steps);
  made.peak_bytes = allocator->getDeviceStats(index_of(device)).reserved_bytes[0].peak;
  return made;
}

}  // namespace darkroom
